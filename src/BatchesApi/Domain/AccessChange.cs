namespace BatchesApi.Domain;

/// <summary>A change of an API key or a user: who changed what, and when (specification, section 10.3).</summary>
internal sealed class AccessChange
{
    public const string Create = "create";
    public const string Update = "update";

    /// <summary>The key got a new secret.</summary>
    public const string Rotate = "rotate";

    /// <summary>The key was revoked.</summary>
    public const string Revoke = "revoke";

    public int AccountId { get; set; }

    /// <summary>See <see cref="ObjectIdGenerator"/>.</summary>
    public string Id { get; set; } = "";

    /// <summary>UTC.</summary>
    public DateTime At { get; set; }

    /// <summary><see cref="Create"/>, <see cref="Update"/>, <see cref="Rotate"/> or <see cref="Revoke"/>.</summary>
    public string Action { get; set; } = "";

    /// <summary><see cref="Actor.Key"/> or <see cref="Actor.User"/>.</summary>
    public string SubjectKind { get; set; } = "";

    /// <summary>The id of the changed key or user.</summary>
    public string SubjectId { get; set; } = "";

    /// <summary>The name of the changed key, or the e-mail address of the user, after the change.</summary>
    public string SubjectName { get; set; } = "";

    /// <summary>See <see cref="Actor"/>.</summary>
    public string ActorKind { get; set; } = "";

    public string ActorId { get; set; } = "";

    public string ActorName { get; set; } = "";

    /// <summary>The changed members by name, each with an array of its old and its new value, as JSON. Secrets and passwords are
    /// not among the values.</summary>
    public string Changes { get; set; } = "{}";
}
