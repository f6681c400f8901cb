using BatchesApi.Hosting;

namespace BatchesApi.Tests.Hosting;

public sealed class RouteHintsTests
{
    private const string Delete = "To delete a batch, send DELETE /api/v2/batches/deleted/{id}.";
    private const string Restore = "To restore a batch, send POST /api/v2/batches/deleted/{id}/restore.";
    private const string Batches = "The batches are at /api/v2/batches.";
    private const string One = "A batch is at /api/v2/batches/{id}.";
    private const string SignIn = "To sign in, send POST /api/v2/signin with 'email' and 'password' in the body.";
    private const string Document = "The OpenAPI document is at /swagger/v2/swagger.json.";
    private const string Query = "A query begins with '?', which must not be encoded: /api/v2/batches?limit=20.";

    [Theory]
    [InlineData("/batches", Batches)]
    [InlineData("/api/v2/batch", Batches)]
    [InlineData("/api/v1/batches", Batches)]
    [InlineData("/v2.1/batches/", Batches)]
    [InlineData("//api/v2/batches", Batches)]
    [InlineData("/api/v2/batches//", Batches)]
    [InlineData("/API/Batch", Batches)]
    [InlineData("/api/v2", Batches)]
    [InlineData("/batches/1", One)]
    [InlineData("/api/v2/batch/1", One)]
    [InlineData("/api/v2/batches&limit=1", Query)]
    [InlineData("/api/v2/batches?limit=1", Query)]
    [InlineData("/api/v2/batches/1/restore", Restore)]
    [InlineData("/api/v2/batches/restore/1", Restore)]
    [InlineData("/api/v2/batches/deleted/restore/1", Restore)]
    [InlineData("/batches/deleted/1/restore", Restore)]
    [InlineData("/api/v2/batches/1/deleted", Delete)]
    [InlineData("/api/v2/batches/1/delete", Delete)]
    [InlineData("/api/v2/batches/delete/1", Delete)]
    [InlineData("/api/v2/deleted", "Deleted batches are at /api/v2/batches/deleted.")]
    [InlineData("/batches/deleted", "Deleted batches are at /api/v2/batches/deleted.")]
    [InlineData("/batches/deleted/1", "A deleted batch is at /api/v2/batches/deleted/{id}.")]
    [InlineData("/api/v2/batches/1/changes", "The history of a batch, active or deleted, is at /api/v2/batches/{id}/history.")]
    [InlineData("/api/v2/batches/deleted/1/history", "The history of a batch, active or deleted, is at /api/v2/batches/{id}/history.")]
    [InlineData("/login", SignIn)]
    [InlineData("/api/v2/authenticator/signin3", SignIn)]
    [InlineData("/api/v2/logout", "To sign out, send POST /api/v2/signout with the access token.")]
    [InlineData("/api/v2/authenticator/signout", "To sign out, send POST /api/v2/signout with the access token.")]
    [InlineData("/api/v2/me", "The credential of the request is described at /api/v2/keys/me.")]
    [InlineData("/healthz", "Health checks are at /health/live and /health/ready.")]
    [InlineData("/", null)]
    [InlineData("", null)]
    [InlineData("/nowhere", null)]
    [InlineData("/nowhere&x=1", null)]
    [InlineData("/favicon.ico", null)]
    public void A_path_that_does_not_exist_gets_the_route_that_may_be_meant(string path, string? expected) =>
        Assert.Equal(expected, RouteHints.ForPath(path, hasPages: false));

    [Theory]
    [InlineData("/openapi.json", Document)]
    [InlineData("/openapi", Document)]
    [InlineData("/openapi/v1.json", Document)]
    [InlineData("/swagger.json", Document)]
    [InlineData("/api/v2/swagger.json", Document)]
    [InlineData("/swagger/v1/swagger.json", Document)]
    [InlineData("/v3/api-docs", Document)]
    [InlineData("/api-docs", Document)]
    [InlineData("/docs/errors.md", "This page is at /docs/errors.")]
    [InlineData("/docs/README.md", "This page is at /docs.")]
    [InlineData("/clients/curl/readme.md", "This page is at /docs/clients/curl.")]
    [InlineData("/CHANGELOG.md", "This page is at /docs/changelog.")]
    [InlineData("/docs/nothing.md", null)]
    [InlineData("/docs/errors", null)]
    [InlineData("/pages/home.md", null)]
    [InlineData("/swagger/page.mjs", null)]
    public void A_document_or_page_is_named_only_if_the_server_has_it(string path, string? expected)
    {
        Assert.Equal(expected, RouteHints.ForPath(path, hasPages: true));
        Assert.Null(RouteHints.ForPath(path, hasPages: false));
    }

    [Theory]
    [InlineData("DELETE", "/api/v2/batches/1", Delete)]
    [InlineData("DELETE", "/api/v2/batches", Delete)]
    [InlineData("POST", "/api/v2/batches/deleted", Delete)]
    [InlineData("PUT", "/api/v2/batches", "To change a batch, send PUT /api/v2/batches/{id}.")]
    [InlineData("PATCH", "/API/V2/Batches/", "To change a batch, send PATCH /api/v2/batches/{id}.")]
    [InlineData("PUT", "/api/v2/batches/deleted/1", $"A deleted batch cannot be changed. {Restore}")]
    [InlineData("GET", "/api/v2/batches/deleted/1/restore", Restore)]
    [InlineData("POST", "/api/v2/batches/groups", "Groups are read with GET /api/v2/batches/groups?by=assignee.")]
    [InlineData("PATCH", "/api/v2/batches/1/history", "The history of a batch cannot be changed.")]
    [InlineData("GET", "/api/v2/authenticator/signin2", SignIn)]
    [InlineData("GET", "/api/v2/signout", "To sign out, send POST /api/v2/signout with the access token.")]
    [InlineData("TRACE", "/api/v2/batches", null)]
    [InlineData("POST", "/health/live", null)]
    public void A_method_that_is_not_allowed_gets_the_request_that_may_be_meant(string method, string path, string? expected) =>
        Assert.Equal(expected, RouteHints.ForMethod(method, path));
}
