using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Http;
using BatchesApi.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests;

public sealed class OpenApiTests(ApiServer server)
{
    private const string DocumentAddress = "/swagger/v2/swagger.json";

    [Fact]
    public async Task The_committed_document_equals_the_served_one()
    {
        var file = Path.Combine(RepositoryRoot(), "docs", "openapi.json");
        var served = await ServedAsync();
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(file, served, TestContext.Current.CancellationToken);
            return;
        }
        var committed = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        Assert.True(committed == served,
            "docs/openapi.json differs from the document of the server. Regenerate it and review the difference:\n"
            + "UPDATE_OPENAPI=1 dotnet test tests/BatchesApi.ApiTests --filter FullyQualifiedName~OpenApiTests\n"
            + "git diff docs/openapi.json");
    }

    [Fact]
    public async Task The_document_is_OpenAPI_3_1_and_needs_no_credential()
    {
        using var client = server.CreateAnonymousClient();
        var document = await client.SendAsync("GET", DocumentAddress).JsonAsync();
        Assert.StartsWith("3.1.", (string)document["openapi"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_route_is_in_the_document()
    {
        var routes = Routes().SelectMany(route => Methods(route).Select(method => $"{method} {GetPath(route)}"));
        var documented = Operations(await DocumentAsync()).Select(o => $"{o.Method.ToUpperInvariant()} {o.Path}");
        Assert.Equal(routes.Order(), documented.Order());
    }

    [Fact]
    public async Task Every_operation_documents_its_success_and_error_responses()
    {
        var document = await DocumentAsync();
        Assert.All(Operations(document), operation =>
        {
            var responses = operation.Node["responses"]!.AsObject();
            Assert.Contains(responses, response => response.Key.StartsWith('2'));
            foreach (var status in (string[])["401", "500", "503"])
                Assert.True(responses.ContainsKey(status), $"{operation.Path} does not document {status}.");
            Assert.False(string.IsNullOrEmpty((string?)operation.Node["operationId"]));
            Assert.False(string.IsNullOrEmpty((string?)operation.Node["summary"]));
        });
    }

    [Fact]
    public async Task Every_problem_code_of_a_route_has_an_example()
    {
        var document = await DocumentAsync();
        foreach (var route in Routes())
        {
            var operation = document["paths"]![GetPath(route)]![Methods(route).Single().ToLowerInvariant()]!;
            foreach (var code in route.Metadata.OfType<ProblemMetadata>().SelectMany(failures => failures.Codes))
            {
                var content = operation["responses"]![$"{code.Status}"]!["content"]!["application/problem+json"]!;
                var reference = (string)content["examples"]![code.Name]!["$ref"]!;
                var example = Resolve(document, reference)["value"]!;
                Assert.Equal((code.Name, code.Status), ((string)example["code"]!, (int)example["status"]!));
            }
        }
    }

    [Fact]
    public async Task Every_reference_in_the_document_resolves()
    {
        var document = await DocumentAsync();
        var references = Descendants(document)
            .OfType<JsonObject>().Where(node => node["$ref"] is JsonValue).Select(node => (string)node["$ref"]!);
        Assert.All(references.Distinct(), reference => Resolve(document, reference));
    }

    [Fact]
    public async Task Every_example_of_a_parameter_works()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync("B-1");
        var deleted = await client.CreateIdAsync("B-2");
        (await client.SendAsync("DELETE", $"{Http.Batches}/deleted/{deleted}")).EnsureSuccessStatusCode();

        foreach (var (path, _, operation) in Operations(await DocumentAsync()))
        {
            var address = path.Replace("{id}", path.Contains("deleted", StringComparison.Ordinal) ? deleted : id, StringComparison.Ordinal);
            var parameters = operation["parameters"]?.AsArray().Where(p => (string?)p!["in"] == "query") ?? [];
            foreach (var parameter in parameters)
            {
                foreach (var (_, example) in parameter!["examples"]!.AsObject())
                {
                    await client.SendAsync("GET", $"{address}?{parameter["name"]}={Uri.EscapeDataString($"{example!["value"]}")}")
                        .JsonAsync();
                }
            }
        }
    }

    [Fact]
    public async Task Every_example_of_a_body_is_accepted()
    {
        using var creator = await server.CreateClientAsync();
        var id = await creator.CreateIdAsync();
        var signIn = JsonNode.Parse(RequestBodyMetadata.SignIn.Examples.Single().Json)!;
        await server.CreateUserAsync((string)signIn["email"]!, (string)signIn["password"]!);
        foreach (var (path, method, operation) in Operations(await DocumentAsync()).Where(o => o.Node["requestBody"] is not null))
        {
            foreach (var (type, content) in
                operation["requestBody"]!["content"]!.AsObject().Where(c => c.Key.EndsWith("json", StringComparison.Ordinal)))
            {
                foreach (var (_, example) in content!["examples"]!.AsObject())
                {
                    using var client = method == "post" ? await server.CreateClientAsync() : null;
                    using var response = await (client ?? creator).SendAsync(
                        method.ToUpperInvariant(), path.Replace("{id}", id, StringComparison.Ordinal), example!["value"]!.ToJsonString(),
                        type);
                    Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {response.StatusCode} for {example["value"]}");
                }
            }
        }
    }

    [Fact]
    public async Task The_root_redirects_to_Swagger_UI_which_sends_security_headers()
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendAsync("GET", "/");
        Assert.Equal($"{SwaggerPages.Path}/index.html", response.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        await client.SendAsync("POST", $"{SwaggerPages.Path}/index.html")
            .ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        await client.SendAsync("GET", $"{SwaggerPages.Path}/nothing").ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/swagger")]
    [InlineData("/swagger/index.html")]
    [InlineData(DocumentAddress)]
    public async Task Swagger_UI_can_be_disabled_by_a_setting(string address)
    {
        await using var app = await ApiServer.StartAsync(server.ConnectionString, ("Swagger:Enabled", "false"));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await client.SendAsync("GET", address).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    private async Task<string> ServedAsync()
    {
        using var client = server.CreateAnonymousClient();
        var text = await client.GetStringAsync(DocumentAddress, TestContext.Current.CancellationToken);
        return text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
    }

    private async Task<JsonNode> DocumentAsync() => JsonNode.Parse(await ServedAsync())!;

    private IEnumerable<RouteEndpoint> Routes() =>
        server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(route => route.RoutePattern.RawText!.StartsWith("/api/v2", StringComparison.Ordinal)
            && route.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null);

    /// <summary>The path of a route in the document, without the constraints of its parameters.</summary>
    private static string GetPath(RouteEndpoint route) => "/" + string.Join('/', route.RoutePattern.PathSegments.Select(
        segment => string.Concat(segment.Parts.Select(
            part => part is RoutePatternParameterPart id ? $"{{{id.Name}}}" : ((RoutePatternLiteralPart)part).Content))));

    private static IEnumerable<string> Methods(RouteEndpoint route) =>
        route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Where(method => method != "HEAD");

    private static IEnumerable<(string Path, string Method, JsonNode Node)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(
            path => path.Value!.AsObject().Select(operation => (path.Key, operation.Key, operation.Value!)));

    private static JsonNode Resolve(JsonNode document, string reference)
    {
        var node = document;
        foreach (var name in reference.Split('/').Skip(1))
            node = node?[name];
        return node ?? throw new InvalidOperationException($"{reference} leads nowhere.");
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node)
    {
        var children = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        };
        return children.OfType<JsonNode>().SelectMany(Descendants).Prepend(node);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "BatchesApi.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
