namespace BatchesApi.Domain;

/// <summary>A tenant: batches and keys belong to exactly one (specification, section 6).</summary>
internal sealed class Account
{
    /// <summary>Longest name, in UTF-16 units.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Made by the database. Small, because it leads every index on batches.</summary>
    public int Id { get; set; }

    /// <summary>Unique, 1 to <see cref="MaxNameLength"/> characters; how the operator names the account.</summary>
    public string Name { get; set; } = "";

    /// <summary>When the account was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }
}
