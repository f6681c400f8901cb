using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;

namespace BatchesApi.ProcessTests.Telemetry;

/// <summary>Traces, as a collector gets them.</summary>
public sealed class TraceTests(Databases databases)
{
    private const string ClientTrace = "0af7651916cd43dd8448eb211c80319c";

    private const string ClientSpan = "b7ad6b7169203331";

    /// <summary>A text in queries and bodies that must not be exported.</summary>
    private const string Marker = "Geheimnis";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData($"00-{ClientTrace}-{ClientSpan}-01")]
    public async Task A_trace_of_a_list_has_its_phases_and_statements_and_the_id_of_the_response(string? parent)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServeAsync(receiver);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v2/batches?q=renewal&sortBy=rating");
        if (parent is not null)
            request.Headers.Add("traceparent", parent);

        using var response = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var traceId = Assert.Single(response.Headers.GetValues("Request-Id"));
        var spans = await receiver.WaitForTraceAsync(traceId);
        var root = Assert.Single(spans, span => span.IsRequest);
        Assert.Equal("GET /api/v2/batches/", root.Name);
        Assert.Equal("GET", root.Attributes["http.request.method"]);
        Assert.Equal("/api/v2/batches/", root.Attributes["http.route"]);
        Assert.Equal("/api/v2/batches", root.Attributes["url.path"]);
        Assert.Equal("1.1", root.Attributes["network.protocol.version"]);
        if (parent is not null)
            Assert.Equal((ClientTrace, ClientSpan), (root.TraceId, root.ParentId));
        else
            Assert.Empty(root.ParentId);
        var phases = spans.Where(span => span.Scope == "BatchesApi" && !span.IsRequest).ToList();
        Assert.Equal(["auth", "parse", "plan", "query"], phases.Select(span => span.Name));
        Assert.All(phases, span => Assert.Equal(root.Id, span.ParentId));
        var query = phases[^1];
        Assert.NotEmpty(query.Attributes["batches_api.list.step"]);
        var statements = spans.Where(span => span.Scope == "Npgsql").ToList();
        Assert.Contains(statements, span => span.ParentId == query.Id
            && span.Attributes["db.query.text"].Contains("FROM batches", StringComparison.Ordinal));
        Assert.All(statements, span => Assert.Contains(span.ParentId, phases.Select(phase => phase.Id)));

        // The log that is exported has the id, too.
        var id = Convert.FromHexString(traceId);
        await OtlpReceiver.WaitForAsync(() => receiver.Bodies("logs").Any(body => body.AsSpan().IndexOf(id) >= 0));
    }

    [Theory]
    [InlineData("PATCH", "/api/v2/batches/none?validate=strict", "PATCH /api/v2/batches/{id:active}", "PATCH")]
    [InlineData("GET", "/nowhere", "GET", "GET")]
    [InlineData("BREW", "/api/v2/batches", "_OTHER", "_OTHER")]
    public async Task The_span_of_a_request_has_the_name_of_its_route(string method, string path, string name, string methodAttribute)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServeAsync(receiver, ("OTEL_TRACES_SAMPLER", "always_on"));

        // The client leaves its trace out, which this sampler does not ask for.
        server.Client.DefaultRequestHeaders.Add("traceparent", $"00-{ClientTrace}-{ClientSpan}-00");
        server.Client.DefaultRequestHeaders.Host = "xn--a";
        using var response = await server.SendAsync(new HttpMethod(method), path, "{}");

        var request = (await receiver.WaitForTraceAsync(ClientTrace)).Single(span => span.IsRequest);
        Assert.Equal((name, ClientSpan), (request.Name, request.ParentId));
        Assert.Equal(methodAttribute, request.Attributes["http.request.method"]);
        Assert.Equal("xn--a", request.Attributes["server.address"]);
        Assert.False(request.Attributes.ContainsKey("error.type"));
    }

    [Fact]
    public async Task A_write_has_the_phases_auth_parse_and_write()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServeAsync(receiver);

        using var response = await server.SendAsync(HttpMethod.Post, "/api/v2/batches", """{"batchCode":"B-1","batchType":"audit"}""");

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var spans = await receiver.WaitForTraceAsync(response.Headers.GetValues("Request-Id").Single());
        var phases = spans.Where(span => span.Scope == "BatchesApi" && !span.IsRequest);
        Assert.Equal(["auth", "parse", "write"], phases.Select(span => span.Name));
    }

    [Theory]
    [InlineData("always_off", null, "none")]
    [InlineData("traceidratio", "0", "otlp")]
    public async Task A_trace_that_is_not_sampled_still_gives_the_response_the_id_of_the_client(
        string sampler, string? argument, string exporter)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServeAsync(
            receiver, ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument), ("OTEL_LOGS_EXPORTER", exporter));
        server.Client.DefaultRequestHeaders.Add("traceparent", $"00-{ClientTrace}-{ClientSpan}-01");

        using var response = await server.Client.GetAsync("/api/v2/batches", Cancellation);

        Assert.Equal(ClientTrace, response.Headers.GetValues("Request-Id").Single());
        if (exporter == "otlp")
        {
            var id = Convert.FromHexString(ClientTrace);
            await OtlpReceiver.WaitForAsync(() => receiver.Bodies("logs").Any(body => body.AsSpan().IndexOf(id) >= 0));
        }
        await server.StopAsync();
        Assert.Empty(receiver.Bodies("traces"));
    }

    [Fact]
    public async Task Health_checks_and_background_services_are_not_traced()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServeAsync(receiver);
        using var ready = await server.Client.GetAsync("/health/ready", Cancellation);
        using var response = await server.Client.GetAsync("/api/v2/keys/me", Cancellation);
        await receiver.WaitForTraceAsync(response.Headers.GetValues("Request-Id").Single());
        await server.StopAsync();

        Assert.Single(receiver.Spans.Select(span => span.TraceId).Distinct());
    }

    [Fact]
    public async Task No_secret_query_or_body_is_exported()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServeAsync(receiver);
        foreach (var query in (string[])
        [
            $"q={Marker}", $"q=A%20&{Marker}", $"p={{\"notes\":\"{Marker}\"}}", $"fields=notes:eq:{Marker}", $"{Marker}=1",
            $"sortBy={Marker}", $"cursor={Marker}", $"p={{\"{Marker}\":1", $"fields=assignee:in:{Marker}|B&sortBy=rating&count=exact",
        ])
        {
            (await server.Client.GetAsync($"/api/v2/batches?{query}", Cancellation)).Dispose();
            (await server.Client.GetAsync($"/api/v2/batches/groups?by=assignee&{query}", Cancellation)).Dispose();
            (await server.Client.GetAsync($"/nowhere?{query}", Cancellation)).Dispose();
        }
        var body = $$"""{"batchCode":"B-{{Marker}}","batchType":"audit","notes":"{{Marker}}","assignee":"{{Marker}}"}""";
        foreach (var sent in (string[])[body, body, $"[{body},{body}]", $$"""{"{{Marker}}":1}""", Marker, $"{{\"notes\":\"{Marker}"])
        {
            (await server.SendAsync(HttpMethod.Post, "/api/v2/batches", sent)).Dispose();
            (await server.SendAsync(HttpMethod.Post, "/api/v2/batches/search", sent)).Dispose();
            (await server.SendAsync(HttpMethod.Post, "/api/v2/batches/bulk/create", sent)).Dispose();
        }
        var update = $$"""{"filter":{"notes":"{{Marker}}"},"set":{"summary":"{{Marker}}"} }""";
        (await server.SendAsync(HttpMethod.Post, "/api/v2/batches/bulk/update", update)).Dispose();
        foreach (var password in (string[])[Databases.Password, Marker])
        {
            (await server.SendAsync(
                HttpMethod.Post, "/api/v2/signin", $$"""{"email":"{{Databases.Email}}","password":"{{password}}"}""")).Dispose();
        }

        // An error of the database, which is in the log with its exception.
        await using (var source = NpgsqlDataSource.Create(server.Database))
        {
            await using var command = source.CreateCommand("ALTER TABLE batches ADD CONSTRAINT unexpected CHECK (batch_code <> 'B-9')");
            await command.ExecuteNonQueryAsync(Cancellation);
        }
        using var failed = await server.SendAsync(
            HttpMethod.Post, "/api/v2/batches", $$"""{"batchCode":"B-9","batchType":"audit","notes":"{{Marker}}"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        var request = (await receiver.WaitForTraceAsync(failed.Headers.GetValues("Request-Id").Single())).Single(span => span.IsRequest);
        Assert.Equal("POST /api/v2/batches/", request.Name);
        Assert.Equal("Npgsql.PostgresException", request.Attributes["error.type"]);
        await server.StopAsync();

        var exported = string.Concat(receiver.Bodies().Select(Encoding.Latin1.GetString));
        Assert.Contains("unexpected", exported, StringComparison.Ordinal);
        Assert.Contains("batches_api.list.duration", exported, StringComparison.Ordinal);
        foreach (var secret in (string[])[Marker, server.Key, server.Key[4..], Databases.Email, Databases.Password, "acme", "url.query"])
            Assert.DoesNotContain(secret, exported, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<TracedServer> ServeAsync(OtlpReceiver receiver, params (string Name, string? Value)[] settings)
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        var process = await BatchesProcess.ServeAsync(
            [("ConnectionStrings__Batches", database), .. receiver.Settings, .. settings.Where(setting => setting.Value is not null)]);
        var server = new TracedServer(process, database, key.Trim());
        await server.WaitUntilReadyAsync();
        return server;
    }

    private sealed class TracedServer(BatchesProcess process, string database, string key) : IAsyncDisposable
    {
        public HttpClient Client { get; } = process.CreateClient(key);

        public string Database { get; } = database;

        public string Key { get; } = key;

        public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string body)
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
            };
            return await Client.SendAsync(request, Cancellation);
        }

        public async Task WaitUntilReadyAsync()
        {
            while (true)
            {
                using var response = await Client.GetAsync("/health/ready", Cancellation);
                if (response.IsSuccessStatusCode)
                    return;
                await Task.Delay(20, Cancellation);
            }
        }

        /// <summary>Stops the server, which exports what it has.</summary>
        public async Task StopAsync()
        {
            await process.SignalAsync("TERM");
            Assert.Equal(0, await process.WaitForExitAsync());
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await process.DisposeAsync();
        }
    }
}
