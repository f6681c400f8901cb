using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Safety;

/// <summary>Conditional requests (specification, section 2): <c>If-Match</c> on writes, <c>If-None-Match</c> on retrieves.</summary>
public sealed class ConditionalTests(ApiServer server) : AccountTest(server)
{
    [Fact]
    public async Task Every_response_with_one_batch_has_its_version_as_entity_tag()
    {
        using var created = await Client.SendAsync("POST", Http.Batches, Http.Batch());
        Assert.Equal("\"1\"", created.Headers.ETag?.ToString());
        var address = $"{Http.Batches}/{(await created.JsonAsync(HttpStatusCode.Created)).Id()}";
        foreach (var (method, body, tag) in ((string, string?, string)[])
            [("GET", null, "\"1\""), ("PATCH", """{"rating":1}""", "\"2\""), ("PUT", Http.Batch(), "\"3\"")])
        {
            using var response = await Client.SendAsync(method, address, body);
            Assert.Equal(tag, response.Headers.ETag?.ToString());
        }
    }

    [Theory]
    [InlineData("\"2\"", true)]
    [InlineData("\"1\", \"2\"", true)]
    [InlineData("*", true)]
    [InlineData("\"1\"", false)]
    [InlineData("\"3\"", false)]
    [InlineData("W/\"2\"", false)]
    [InlineData("\"none\"", false)]
    public async Task A_conditional_write_succeeds_only_if_the_version_matches(string ifMatch, bool isDone)
    {
        foreach (var (method, body) in ((string, string?)[])
            [("PATCH", """{"rating":5}"""), ("PUT", Http.Batch("B-put")), ("DELETE", null), ("POST", null)])
        {
            var id = method == "POST" ? await Client.CreateDeletedIdAsync() : await CreateChangedAsync();
            var address =
                method switch { "DELETE" => $"{Http.Deleted}/{id}", "POST" => $"{Http.Deleted}/{id}/restore", _ => $"{Http.Batches}/{id}" };
            using var response = await Client.SendAsync(method, address, body, headers: ("If-Match", ifMatch));
            if (isDone)
            {
                Assert.True(response.IsSuccessStatusCode, $"{method}: {response.StatusCode}");
            }
            else
            {
                var problem = await response.ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
                Assert.Equal(2, (int?)problem["version"]);
                Assert.IsType<JsonArray>(problem["changed"]);
                var path = method == "POST" ? $"{Http.Deleted}/{id}" : $"{Http.Batches}/{id}";
                Assert.Equal(2, (int?)(await Client.GetJsonAsync(path))["version"]);
            }
            foreach (var left in await Client.ListAsync(Http.Batches))
                await Client.SendAsync("DELETE", $"{Http.Deleted}/{left!.Id()}").EmptyAsync();
        }
    }

    [Theory]
    [InlineData("2")]
    [InlineData("\"2")]
    [InlineData("*, \"2\"")]
    [InlineData("")]
    public async Task A_malformed_condition_is_rejected(string ifMatch)
    {
        var (deleted, id) = (await Client.CreateDeletedIdAsync(), await CreateChangedAsync());
        foreach (var (method, address) in ((string, string)[])
            [("PATCH", $"{Http.Batches}/{id}"), ("DELETE", $"{Http.Deleted}/{id}"), ("POST", $"{Http.Deleted}/{deleted}/restore")])
        {
            var problem = await Client.SendAsync(method, address, headers: ("If-Match", ifMatch))
                .ProblemAsync(HttpStatusCode.BadRequest, "invalid_header");
            Assert.Equal(["If-Match"], problem["errors"]!.AsObject().Select(error => error.Key));
        }
    }

    [Fact]
    public async Task A_hidden_batch_is_404_before_a_malformed_condition()
    {
        var id = await Client.CreateIdAsync();
        using var narrow = await Server.CreateClientAsync(account: Account, policy: """{"batchType":"audit"}""");
        await narrow.SendAsync("PATCH", $"{Http.Batches}/{id}", headers: ("If-Match", "1"))
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore", headers: ("If-Match", "1"))
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
    }

    [Theory]
    [InlineData("W/\"2\"", "Send If-Match: \"2\".")]
    [InlineData("W/\"1\"", "Send tags without W/.")]
    public async Task A_weak_tag_is_explained(string ifMatch, string remedy)
    {
        var id = await CreateChangedAsync();
        var problem = await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", "{}", headers: ("If-Match", ifMatch))
            .ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
        Assert.Contains($"requires {ifMatch}. Weak tags never match", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Contains(remedy, (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_batch_is_404_with_any_condition()
    {
        const string Unknown = "63a5b84c53e1218321c55572";
        foreach (var (method, address) in ((string, string)[])
            [("PATCH", $"{Http.Batches}/{Unknown}"), ("DELETE", $"{Http.Deleted}/{Unknown}"),
                ("POST", $"{Http.Deleted}/{Unknown}/restore")])
        {
            foreach (var ifMatch in (string[])["\"1\"", "*", "W/\"1\"", "1", "\"1", ""])
            {
                await Client.SendAsync(method, address, headers: ("If-Match", ifMatch))
                    .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            }
        }
    }

    [Fact]
    public async Task A_version_conflict_names_the_changed_fields()
    {
        var id = await Client.CreateIdAsync();
        var address = $"{Http.Batches}/{id}";
        foreach (var change in (string[])
            ["""{"rating":1,"notes":"n"}""", """{"assignee":"amy"}""", """{"rating":null}""", """{"leadIds":["a"]}"""])
        {
            await Client.SendAsync("PATCH", address, change).JsonAsync();
        }
        foreach (var (ifMatch, changed) in ((string, string[])[])
        [
            // A field that was changed back is not listed.
            ("\"1\"", ["assignee", "notes", "leadIds"]), ("\"2\"", ["assignee", "leadIds", "rating"]), ("\"4\"", ["leadIds"]),
            ("\"1\", \"4\"", ["leadIds"]), ("\"9\"", []), ("W/\"4\"", []),
        ])
        {
            var problem = await Client.SendAsync("PATCH", address, "{}", headers: ("If-Match", ifMatch))
                .ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
            Assert.Equal(changed, problem["changed"]!.AsArray().Select(name => (string)name!));
            Assert.Equal(5, (int?)problem["version"]);
        }
    }

    [Fact]
    public async Task A_retrieve_is_304_if_the_client_has_the_version()
    {
        var id = await CreateChangedAsync();
        var deleted = await Client.CreateDeletedIdAsync("B-deleted");
        foreach (var address in (string[])[$"{Http.Batches}/{id}", $"{Http.Batches}/{id}?fields=rating", $"{Http.Deleted}/{deleted}"])
        {
            foreach (var (ifNoneMatch, has) in ((string, bool)[])
                [("\"2\"", true), ("W/\"2\"", true), ("\"1\", \"2\"", true), ("*", true), ("\"1\"", false), ("2", false)])
            {
                using var response = await Client.SendAsync("GET", address, headers: ("If-None-Match", ifNoneMatch));
                Assert.Equal(has ? HttpStatusCode.NotModified : HttpStatusCode.OK, response.StatusCode);
                Assert.Equal("\"2\"", response.Headers.ETag?.ToString());
                Assert.Equal(has, (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Length == 0);
            }
        }
        await Client.SendAsync("GET", $"{Http.Batches}/63a5b84c53e1218321c55572", headers: ("If-None-Match", "*"))
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
    }

    [Fact]
    public async Task Of_50_concurrent_writes_with_one_condition_one_succeeds()
    {
        var address = $"{Http.Batches}/{await Client.CreateIdAsync()}";
        var statuses = await Enumerable.Range(0, 50)
            .Select(i => Client.SendAsync("PATCH", address, $$"""{"notes":"{{i}}"}""", headers: ("If-Match", "\"1\"")))
            .StatusesAsync();
        Assert.Equal(new Dictionary<int, int> { [200] = 1, [412] = 49 }, statuses);
        Assert.Equal(2, (int?)(await Client.GetJsonAsync(address))["version"]);
    }

    private async Task<string> CreateChangedAsync()
    {
        var id = await Client.CreateIdAsync();
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":3}""").JsonAsync();
        return id;
    }
}
