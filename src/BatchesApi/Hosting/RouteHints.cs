using System.Text.RegularExpressions;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.OpenApi;
using BatchesApi.Pages;

namespace BatchesApi.Hosting;

/// <summary>What to send instead, for common mistakes in methods and paths.</summary>
internal static partial class RouteHints
{
    private const string Deleted = $"{BatchRoutes.Path}/deleted";
    private const string ActiveId = $"{BatchRoutes.Path}/{{id}}";
    private const string DeletedId = $"{Deleted}/{{id}}";
    private const string ToList = $"The batches are at {BatchRoutes.Path}.";
    private const string ToDelete = $"To delete a batch, send DELETE {DeletedId}.";
    private const string ToRestore = $"To restore a batch, send POST {DeletedId}/restore.";
    private const string ToSignIn = $"To sign in, send POST {AccessRoutes.SignIn} with 'email' and 'password' in the body.";
    private const string ToSignOut = $"To sign out, send POST {AccessRoutes.SignOut} with the access token.";
    private const string ToDocument = $"The OpenAPI document is at {SwaggerPages.Path}/{OpenApiSetup.Name}/swagger.json.";

    /// <summary>Finds a hint for a path that does not allow the method.</summary>
    /// <returns>A sentence, or null if the allowed methods say enough.</returns>
    public static string? ForMethod(string method, string path) => (method.ToUpperInvariant(), Split(path)) switch
    {
        (_, ["batches", "search"]) => $"To search, send POST {BatchRoutes.Path}/search with the parameters in the body, or GET "
            + $"{BatchRoutes.Path}?q=….",
        (_, ["batches", "groups"]) => $"Groups are read with GET {BatchRoutes.Path}/groups?by=assignee.",
        ("POST" or "PUT" or "PATCH", ["batches", "deleted", _]) => $"A deleted batch cannot be changed. {ToRestore}",
        (_, ["batches", "deleted", _, "restore"]) => ToRestore,
        ("DELETE", ["batches", ..]) => ToDelete,
        ("POST", ["batches", "deleted"]) => ToDelete,
        ("PUT" or "PATCH", ["batches"]) => $"To change a batch, send {method.ToUpperInvariant()} {ActiveId}.",
        ("POST", ["batches", _]) => $"To create a batch, send POST {BatchRoutes.Path}. To change one, send PATCH {ActiveId} with the "
            + "fields to change, or PUT with all fields.",
        ("POST" or "PUT" or "PATCH", ["batches", _, "history"]) => "The history of a batch cannot be changed.",
        (_, ["signin"] or ["authenticator", "signin" or "signin2"]) => ToSignIn,
        (_, ["signout"]) => ToSignOut,
        _ => null,
    };

    /// <summary>Finds a hint for a path that does not exist. Ids and queries in the path are not repeated.</summary>
    /// <param name="path">The path.</param>
    /// <param name="hasPages">Whether the server serves the OpenAPI document and the pages.</param>
    /// <returns>A sentence, or null.</returns>
    public static string? ForPath(string path, bool hasPages)
    {
        var query = path.AsSpan().IndexOfAny('&', '?');
        if (query >= 0)
        {
            return Split(path[..query]) is ["batches", ..]
                ? $"A query begins with '?', which must not be encoded: {BatchRoutes.Path}?limit=20."
                : null;
        }
        return Split(path) switch
        {
            [] when path.Length > 1 => ToList,
            ["batches"] => ToList,
            ["batches", _, "restore"] or ["batches", "restore", ..] or ["batches", "deleted", "restore", ..] => ToRestore,
            ["batches", _, "delete" or "deleted" or "remove"] or ["batches", "delete" or "remove", ..] => ToDelete,
            ["deleted", ..] or ["batches", "deleted"] => $"Deleted batches are at {Deleted}.",
            ["batches", "deleted", _] => $"A deleted batch is at {DeletedId}.",
            ["batches", "deleted", _, "restore"] => ToRestore,
            ["batches", _, "history" or "changes" or "versions"] or ["batches", "deleted", _, "history"]
                => $"The history of a batch, active or deleted, is at {ActiveId}/history.",
            ["batches", ..] => $"A batch is at {ActiveId}.",
            ["signout" or "logout"] or ["authenticator", "signout" or "logout"] => ToSignOut,
            ["signin" or "login" or "token" or "auth" or "authenticator", ..] => ToSignIn,
            ["key" or "keys" or "me" or "whoami", ..] => $"The credential of the request is described at {AccessRoutes.Me}.",
            ["health" or "healthz" or "live" or "livez" or "ready" or "readyz" or "status" or "ping", ..]
                => "Health checks are at /health/live and /health/ready.",
            ["openapi" or "openapi.json" or "openapi.yaml" or "swagger.json" or "swagger.yaml" or "api-docs", ..] or
                ["swagger", .., "swagger.json" or "swagger.yaml"] when hasPages => ToDocument,
            [.., var file] when hasPages && file.EndsWith(".md", StringComparison.Ordinal) => ToGuide(path),
            _ => null,
        };
    }

    private static string? ToGuide(string path) =>
        Guide.All.FirstOrDefault(guide => path.Equals($"/{guide.Source}", StringComparison.OrdinalIgnoreCase)) is { } guide
            ? $"This page is at {guide.Path}."
            : null;

    /// <summary>The segments of a path in lower case, without a leading <c>api</c> and version, and with the plural of a batch.</summary>
    private static string[] Split(string path)
    {
        var segments = path.ToLowerInvariant().Split('/', StringSplitOptions.RemoveEmptyEntries)
            .SkipWhile(segment => Prefix().IsMatch(segment)).ToArray();
        if (segments is ["batch", ..])
            segments[0] = "batches";
        return segments;
    }

    [GeneratedRegex(@"^(api|v\d+(\.\d+)*)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();
}
