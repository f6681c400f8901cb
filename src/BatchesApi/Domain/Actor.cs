namespace BatchesApi.Domain;

/// <summary>Who changes a batch, for its history.</summary>
/// <param name="Kind">What it is: <see cref="Key"/>, <see cref="User"/> or <see cref="Operator"/>.</param>
/// <param name="Id">The id of its credential; empty for the operator.</param>
/// <param name="Name">The name of the API key, the e-mail address of the user, or the verb of the operator.</param>
internal sealed record Actor(string Kind, string Id, string Name)
{
    /// <summary>A program with an API key.</summary>
    public const string Key = "key";

    /// <summary>A person with an access token.</summary>
    public const string User = "user";

    /// <summary>The operator, by a verb of the command line.</summary>
    public const string Operator = "operator";
}
