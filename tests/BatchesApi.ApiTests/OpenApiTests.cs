using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.ApiTests.Webhooks;
using BatchesApi.Http;
using BatchesApi.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests;

public sealed class OpenApiTests(ApiServer server)
{
    private const string DocumentAddress = "/swagger/v2/swagger.json";
    private const string OlderDocumentAddress = "/swagger/v2/openapi-3.0.json";

    private static readonly string[] SchemaKeywords = ["items", "additionalProperties", "not"];
    private static readonly string[] SchemaListKeywords = ["oneOf", "anyOf", "allOf"];

    public static TheoryData<string> Documents { get; } = [DocumentAddress, OlderDocumentAddress];

    [Theory]
    [InlineData(DocumentAddress, "openapi.json")]
    [InlineData(OlderDocumentAddress, "openapi-3.0.json")]
    public async Task The_committed_document_equals_the_served_one(string address, string name)
    {
        var file = Path.Combine(RepositoryRoot(), "docs", name);
        var served = await ServedAsync(address);
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(file, served, TestContext.Current.CancellationToken);
            return;
        }
        var committed = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        Assert.True(committed == served,
            $"docs/{name} differs from the document of the server. Regenerate it and review the difference:\n"
            + "UPDATE_OPENAPI=1 dotnet test tests/BatchesApi.ApiTests --filter FullyQualifiedName~OpenApiTests\n"
            + $"git diff docs/{name}");
    }

    [Theory]
    [InlineData(DocumentAddress, "3.1.0", "application/json")]
    [InlineData(OlderDocumentAddress, "3.0.3", "application/json")]
    [InlineData("/swagger/v2/swagger.yaml", "3.1.0", "application/yaml")]
    [InlineData("/swagger/v2/openapi-3.0.yml", "3.0.3", "application/yaml")]
    public async Task Documents_have_a_version_that_old_parsers_know_and_need_no_credential(
        string address, string version, string mediaType)
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendAsync("GET", address);
        Assert.Equal(mediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.Matches($"^\\{{?\\s*\"?openapi\"?: [\"']?{Regex.Escape(version)}[\"']?,?\n", await response.TextAsync(HttpStatusCode.OK));
    }

    [Fact]
    public async Task Both_versions_of_the_document_describe_the_same_operations()
    {
        static IEnumerable<string> Describe(JsonNode document) =>
            Operations(document).Select(operation => $"{operation.Method} {operation.Path} {operation.Node["operationId"]}");
        Assert.Equal(Describe(await DocumentAsync()), Describe(await DocumentAsync(OlderDocumentAddress)));
    }

    [Fact]
    public async Task The_OpenAPI_3_0_document_has_no_keywords_of_3_1()
    {
        var schemas = FindSchemas(await DocumentAsync(OlderDocumentAddress)).ToList();
        Assert.All(schemas, schema =>
        {
            Assert.False(schema["type"] is JsonArray);
            Assert.Empty(schema.AsObject().Select(member => member.Key).Intersect(["examples", "const", "unevaluatedProperties"]));
            Assert.True(schema["$ref"] is null || schema.AsObject().Count == 1);
        });
        Assert.Contains(schemas, schema => schema["nullable"] is not null);
        Assert.Contains(schemas, schema => schema["example"] is not null);
    }

    [Theory]
    [InlineData("batches.example.com", "http://batches.example.com")]
    [InlineData("batches.example.com:8443", "http://batches.example.com:8443")]
    [InlineData("[::1]:5000", "http://[::1]:5000")]
    public async Task The_address_in_the_document_is_that_of_the_request(string host, string expected)
    {
        using var client = server.CreateAnonymousClient();
        var document = await client.SendAsync("GET", DocumentAddress, headers: ("Host", host)).JsonAsync();
        Assert.Equal(expected, (string)Assert.Single(document["servers"]!.AsArray())!["url"]!);
        Assert.Contains($"{expected}{Http.Batches} ", (string)document["info"]!["description"]!, StringComparison.Ordinal);
        Assert.DoesNotContain(Introduction.Address, document.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(OpenApiDocuments.ServerPlaceholder, document.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_in_the_document_is_relative_without_a_host()
    {
        var (_, body) = await RawHttp.SendAsync(server.Address, $"GET {DocumentAddress}", "Host:");
        var document = JsonNode.Parse(body)!;
        Assert.Equal("/", (string)Assert.Single(document["servers"]!.AsArray())!["url"]!);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Objects_with_properties_and_enums_are_named_components(string address)
    {
        var document = await DocumentAsync(address);
        var named = document["components"]!["schemas"]!.AsObject().Select(schema => schema.Value).ToHashSet();
        var inline = FindSchemas(document).Where(schema => schema["properties"] is not null || schema["enum"] is not null)
            .Where(schema => !named.Contains(schema));
        Assert.Empty(inline.Select(schema => schema.GetPath()));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Schemas_have_no_keywords_that_mislead_client_generators(string address)
    {
        var schemas = FindSchemas(await DocumentAsync(address)).ToList();
        Assert.DoesNotContain(schemas, schema => schema["default"] is not null);
        Assert.DoesNotContain(schemas, schema => schema["additionalProperties"] is JsonValue);
        Assert.DoesNotContain(schemas, schema => schema["anyOf"] is not null || schema["allOf"] is not null);

        // An array or a change of it, in a PATCH.
        Assert.Equal(
            ["leadIds", "opportunityIds"],
            schemas.Where(schema => schema["oneOf"] is not null).Select(schema => schema.GetPropertyName()).Distinct().Order());
    }

    [Fact]
    public async Task The_members_that_a_response_always_has_are_required()
    {
        var schemas = (await DocumentAsync())["components"]!["schemas"]!;
        foreach (var name in (string[])
            [
                "Batch", "DeletedBatch", "Credential", "HistoryEntry", "HistoryPage", "Webhook", "WebhookWithSecret", "WebhookList",
                "WebhookDeliveryPage", "WebhookDelivery", "WebhookAttempt", "Key", "KeyWithSecret", "KeyPage", "User", "UserPage",
                "AccountHistoryEntry", "HistorySubject",
            ])
        {
            Assert.Equal(
                schemas[name]!["properties"]!.AsObject().Select(member => member.Key).Order(),
                schemas[name]!["required"]!.AsArray().Select(member => (string)member!).Order());
        }
        Assert.Equal(
            ["data", "limit", "nextCursor"], schemas["BatchPage"]!["required"]!.AsArray().Select(member => (string)member!).Order());
        Assert.Null(schemas["Batch"]!["properties"]!["deletedAt"]);
        Assert.NotNull(schemas["DeletedBatch"]!["properties"]!["deletedAt"]);
    }

    [Fact]
    public async Task Each_body_has_one_media_type_and_one_schema()
    {
        Assert.All(Operations(await DocumentAsync()), operation =>
        {
            var (_, content) = operation.Node["requestBody"] is { } body
                ? Assert.Single(body["content"]!.AsObject()) : new("", JsonNode.Parse("""{"schema":{"$ref":""}}"""));
            Assert.NotNull(content!["schema"]!["$ref"]);
            foreach (var (status, response) in operation.Node["responses"]!.AsObject().Where(r => r.Value!["content"] is not null))
            {
                var (type, schema) = Assert.Single(response!["content"]!.AsObject());
                Assert.Equal(status[0] is '4' or '5' ? "application/problem+json" : "application/json", type);
                Assert.NotNull(schema!["schema"]!["$ref"]);
            }
        });
    }

    [Fact]
    public async Task Every_response_documents_its_headers_as_components()
    {
        var document = await DocumentAsync();
        Assert.All(Operations(document), operation => Assert.All(operation.Node["responses"]!.AsObject(), response =>
        {
            var headers = response.Value!["headers"]!.AsObject();
            foreach (var name in (string[])["RateLimit", "RateLimit-Policy", "Request-Id"])
                Assert.True(headers.ContainsKey(name), $"{operation.Path} {response.Key} does not document {name}.");
            Assert.Equal(response.Key is "429" or "503", headers.ContainsKey("Retry-After"));
            Assert.Equal(response.Key is "401" or "403", headers.ContainsKey("WWW-Authenticate"));
            Assert.All(headers, header => Assert.Equal($"#/components/headers/{header.Key}", (string?)header.Value!["$ref"]));
        }));
    }

    [Fact]
    public async Task Operations_have_unique_ids_and_a_tag()
    {
        var operations = Operations(await DocumentAsync()).ToList();
        Assert.Equal(operations.Count, operations.Select(operation => (string)operation.Node["operationId"]!).Distinct().Count());
        Assert.All(operations, operation => Assert.Single(operation.Node["tags"]!.AsArray()));
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
    public async Task The_examples_of_problems_have_all_members()
    {
        var examples = (await DocumentAsync())["components"]!["examples"]!;
        string[] common = ["type", "title", "status", "detail", "instance", "code", "traceId"];
        foreach (var (code, members) in ((string, string[])[])
            [
                ("invalid_parameter", ["errors"]), ("invalid_body", ["errors"]), ("invalid_header", ["errors"]),
                ("batch_code_taken", ["errors"]), ("version_differs", ["version", "changed"]), ("batch_not_found", []),
            ])
        {
            Assert.Equal(common.Concat(members), examples[code]!["value"]!.AsObject().Select(member => member.Key));
        }
        Assert.All(ProblemExamples.Create(ProblemCode.All).Values, example =>
            Assert.NotEqual(example.Description!.Replace("`", "", StringComparison.Ordinal), (string?)example.Value!["detail"]));
        Assert.Equal(ProblemCode.All.Count, ProblemExamples.Create(ProblemCode.All).Count);
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
        using var client = await server.CreateClientAsync("admin");
        var id = await client.CreateIdAsync("B-1");
        var webhook = (await client.CreateWebhookAsync("https://example.com/", "\"active\":false")).Id();
        var deleted = await client.CreateIdAsync("B-2");
        (await client.SendAsync("DELETE", $"{Http.Batches}/deleted/{deleted}")).EnsureSuccessStatusCode();

        foreach (var (path, _, operation) in Operations(await DocumentAsync()))
        {
            var resource = path.StartsWith(WebhookServer.Webhooks, StringComparison.Ordinal) ? webhook
                : path.Contains("deleted", StringComparison.Ordinal) ? deleted : id;
            var address = path.Replace("{id}", resource, StringComparison.Ordinal);
            var parameters = operation["parameters"]?.AsArray().Where(p => (string?)p!["in"] == "query").ToList() ?? [];
            string ToQuery(JsonNode parameter, JsonNode example) =>
                $"{parameter["name"]}={Uri.EscapeDataString($"{example["value"]}")}";
            var required = parameters.Where(parameter => parameter!["required"] is not null)
                .Select(parameter => ToQuery(parameter!, parameter!["examples"]!.AsObject().First().Value!)).ToList();
            foreach (var parameter in parameters)
            {
                foreach (var (_, example) in parameter!["examples"]?.AsObject() ?? [])
                {
                    var others = required.Where(other => !other.StartsWith($"{parameter["name"]}=", StringComparison.Ordinal));
                    await client.GetJsonAsync($"{address}?{string.Join('&', others.Append(ToQuery(parameter, example!)))}");
                }
            }
        }
    }

    /// <summary>A reader of the page tries them in this order on a new account.</summary>
    [Fact]
    public async Task Examples_of_bodies_succeed_in_order_and_each_changes_the_batch()
    {
        using var client = await server.CreateClientAsync();
        var operations = Operations(await DocumentAsync()).ToDictionary(
            o => (string)o.Node["operationId"]!,
            o => (o.Path, Bodies: o.Node["requestBody"]?["content"]!["application/json"]!["examples"]!.AsObject()
                .Select(example => example.Value!["value"]!.ToJsonString()).ToList()));
        var (path, creates) = operations["createBatch"];
        var created = new List<JsonObject>();
        foreach (var body in creates!)
            created.Add(await client.SendAsync("POST", path, body).JsonAsync(HttpStatusCode.Created));

        // The second PUT resets what the second PATCH clears.
        var version = 1;
        var (put, patch) = (operations["updateBatch"].Bodies!, operations["updateBatchSoft"].Bodies!);
        foreach (var (method, body) in (IEnumerable<(string, string)>)
            [("PUT", put[0]), .. patch.Select(body => ("PATCH", body)), .. put[1..].Select(body => ("PUT", body))])
        {
            var changed = await client.SendAsync(method, $"{path}/{created[0].Id()}", body).JsonAsync();
            Assert.True(++version == (int)changed["version"]!, $"{method} {body} changes nothing.");
        }

        // Each PATCH also changes a batch as the first example of the create made it.
        await client.SendAsync("DELETE", $"{Http.Deleted}/{created[0].Id()}").EmptyAsync();
        foreach (var body in patch)
        {
            var batch = await client.CreateAsync(creates[0]);
            Assert.Equal(2, (int)(await client.SendAsync("PATCH", $"{path}/{batch.Id()}", body).JsonAsync())["version"]!);
            await client.SendAsync("DELETE", $"{Http.Deleted}/{batch.Id()}").EmptyAsync();
        }
    }

    [Fact]
    public async Task The_examples_of_keys_and_users_are_valid_bodies()
    {
        using var client = await server.CreateClientAsync("admin");
        foreach (var example in RequestBodyMetadata.NewKey.Examples)
        {
            var created = await client.SendAsync("POST", TestRoutes.Keys, example.Json).JsonAsync(HttpStatusCode.Created);
            var key = $"{TestRoutes.Keys}/{created.Id()}";
            foreach (var change in RequestBodyMetadata.KeyChanges.Examples)
                await client.SendAsync("PATCH", key, change.Json).JsonAsync();
            foreach (var rotation in RequestBodyMetadata.KeyRotation.Examples)
                await client.SendAsync("POST", $"{key}/rotate", rotation.Json).JsonAsync();
        }
        foreach (var example in RequestBodyMetadata.NewUser.Examples)
        {
            var json = JsonNode.Parse(example.Json)!;
            json["email"] = $"{Guid.NewGuid():N}@example.com";
            var user = await client.SendAsync("POST", TestRoutes.Users, json.ToJsonString()).JsonAsync(HttpStatusCode.Created);
            foreach (var change in RequestBodyMetadata.UserChanges.Examples)
                await client.SendAsync("PATCH", $"{TestRoutes.Users}/{user.Id()}", change.Json).JsonAsync();
        }
    }

    [Fact]
    public async Task The_examples_of_webhooks_are_valid_bodies()
    {
        using var client = await server.CreateClientAsync("admin");
        foreach (var example in RequestBodyMetadata.NewWebhook.Examples)
        {
            var webhook = await client.SendAsync("POST", WebhookServer.Webhooks, example.Json).JsonAsync(HttpStatusCode.Created);
            foreach (var change in RequestBodyMetadata.WebhookChanges.Examples)
                await client.SendAsync("PATCH", $"{WebhookServer.Webhooks}/{webhook.Id()}", change.Json).JsonAsync();
            await client.SendAsync("DELETE", $"{WebhookServer.Webhooks}/{webhook.Id()}").EmptyAsync();
        }
    }

    [Fact]
    public async Task The_example_of_a_sign_in_is_a_valid_body()
    {
        var body = RequestBodyMetadata.SignIn.Examples.Single().Json;
        var user = JsonNode.Parse(body)!;
        await server.CreateUserAsync((string)user["email"]!, (string)user["password"]!);
        using var client = server.CreateAnonymousClient();
        await client.SendAsync("POST", "/api/v2/signin", body).JsonAsync();
    }

    [Fact]
    public async Task Swagger_UI_sends_security_headers()
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendAsync("GET", SwaggerPages.Path);
        Assert.Equal($"{SwaggerPages.Path}/index.html", response.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        await client.SendAsync("POST", $"{SwaggerPages.Path}/index.html")
            .ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        foreach (var file in (string[])["nothing", "index.js"])
            await client.SendAsync("GET", $"{SwaggerPages.Path}/{file}").ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    [Theory]
    [InlineData("/swagger")]
    [InlineData("/swagger/index.html")]
    [InlineData(DocumentAddress)]
    public async Task Swagger_UI_can_be_disabled_by_a_setting(string address)
    {
        await using var app = await ApiServer.StartAsync(server.ConnectionString, ("Swagger:Enabled", "false"));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await client.SendAsync("GET", address).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    /// <summary>The document as a server at the address of the documentation would serve it.</summary>
    private async Task<string> ServedAsync(string address = DocumentAddress)
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendAsync("GET", address, headers: ("Host", new Uri(Introduction.Address).Authority));
        var text = await response.TextAsync(HttpStatusCode.OK);
        return text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
    }

    private async Task<JsonNode> DocumentAsync(string address = DocumentAddress) => JsonNode.Parse(await ServedAsync(address))!;

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

    internal static IEnumerable<(string Path, string Method, JsonNode Node)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(
            path => path.Value!.AsObject().Select(operation => (path.Key, operation.Key, operation.Value!)));

    /// <summary>All schemas of the document, also those within others. Examples may contain members with the names of keywords.</summary>
    private static IEnumerable<JsonNode> FindSchemas(JsonNode document)
    {
        static IEnumerable<JsonNode> Within(JsonNode schema) =>
            SchemaKeywords.Select(name => schema[name] as JsonObject)
                .Concat(SchemaListKeywords.SelectMany(name => schema[name]?.AsArray() ?? []))
                .Concat(schema["properties"]?.AsObject().Select(member => member.Value) ?? [])
                .OfType<JsonNode>().SelectMany(Within).Prepend(schema);
        return document["components"]!["schemas"]!.AsObject().Select(schema => schema.Value!)
            .Concat(Descendants(document["components"]!["headers"]!).Concat(Descendants(document["paths"]!))
                .OfType<JsonObject>().Select(node => node["schema"]).OfType<JsonNode>())
            .SelectMany(Within);
    }

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
