namespace BatchesApi.Domain;

/// <summary>The author of a change, for the history of the batch.</summary>
/// <param name="Kind"><see cref="Key"/>, <see cref="User"/> or <see cref="Operator"/>.</param>
/// <param name="Id">The id of the credential; empty for the operator.</param>
/// <param name="Name">The name of the API key, the e-mail address of the user, or the operator's command.</param>
internal sealed record Actor(string Kind, string Id, string Name)
{
    /// <summary>An API key.</summary>
    public const string Key = "key";

    /// <summary>A user with an access token.</summary>
    public const string User = "user";

    /// <summary>The operator, by a command of the command line.</summary>
    public const string Operator = "operator";

    /// <param name="command">The operator's command, such as <c>keys create</c>.</param>
    public static Actor ForCommand(string command) => new(Operator, "", command);
}
