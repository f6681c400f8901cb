using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests.Safety;

/// <summary>The header <c>Idempotency-Key</c> on creates and restores (specification, section 2).</summary>
public sealed class IdempotencyTests(ApiServer server) : AccountTest(server)
{
    [Theory]
    [InlineData("""{"batchCode":"B-1","batchType":"renewal"}""")]
    [InlineData("""[{"batchCode":"B-1","batchType":"renewal"},{"batchCode":"B-2","batchType":"renewal"}]""")]
    public async Task A_repeated_create_gets_the_original_response(string body)
    {
        using var first = await CreateAsync(body, "k");
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        var text = await first.TextAsync(HttpStatusCode.Created);

        // Later changes do not affect the stored response.
        foreach (var batch in await Client.ListAsync(Http.Batches))
            await Client.SendAsync("DELETE", $"{Http.Deleted}/{batch!.Id()}").EmptyAsync();
        using var again = await CreateAsync(body, "k");
        Assert.Equal(["true"], again.Headers.GetValues("Idempotent-Replayed"));
        Assert.Equal(text, await again.TextAsync(HttpStatusCode.Created));
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.Empty(await Client.ListAsync(Http.Batches));
    }

    [Fact]
    public async Task A_repeated_restore_gets_the_original_response()
    {
        var id = await Client.CreateDeletedIdAsync();
        using var first = await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore", headers: ("Idempotency-Key", "k"));
        using var again = await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore", headers: ("Idempotency-Key", "k"));
        Assert.Equal(await first.TextAsync(HttpStatusCode.OK), await again.TextAsync(HttpStatusCode.OK));
        Assert.True(again.Headers.Contains("Idempotent-Replayed"));
        await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore", headers: ("Idempotency-Key", "other"))
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
    }

    [Fact]
    public async Task The_spelling_of_a_path_makes_no_difference()
    {
        await CreateAsync(Http.Batch(), "k").JsonAsync(HttpStatusCode.Created);
        foreach (var path in (string[])[$"{Http.Batches}/", Http.Batches.ToUpperInvariant()])
        {
            using var again = await Client.SendAsync("POST", path, Http.Batch(), headers: ("Idempotency-Key", "k"));
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
            Assert.True(again.Headers.Contains("Idempotent-Replayed"));
        }
    }

    [Fact]
    public async Task All_invalid_headers_of_a_restore_are_reported()
    {
        var id = await Client.CreateDeletedIdAsync();
        var errors = await Client.SendAsync(
                "POST", $"{Http.Deleted}/{id}/restore", headers: [("If-Match", "2"), ("Idempotency-Key", new string('k', 256))])
            .ValidationErrorsAsync("invalid_header");
        Assert.Equal(["If-Match", "Idempotency-Key"], errors.Select(error => error.Split(':')[0]));
    }

    [Fact]
    public async Task A_different_request_with_the_same_key_is_rejected()
    {
        var (id, other) = (await Client.CreateDeletedIdAsync("B-deleted"), await Client.CreateDeletedIdAsync("B-other"));
        await CreateAsync(Http.Batch(), "k").JsonAsync(HttpStatusCode.Created);
        foreach (var body in (string[])[Http.Batch("B-2"), $" {Http.Batch()}"])
            await AssertReusedAsync(CreateAsync(body, "k"), "a request to the same address with another body");
        await AssertReusedAsync(RestoreAsync(id, "k"), "a create");
        Assert.Single(await Client.ListAsync(Http.Batches));

        await RestoreAsync(id, "r").JsonAsync();
        var restore = $"the restore of batch {id}, or an update of it by its code";
        await AssertReusedAsync(RestoreAsync(other, "r"), restore);
        await AssertReusedAsync(RestoreAsync(id, "r", "{}"), "a request to the same address with another body");
        await AssertReusedAsync(CreateAsync(Http.Batch("B-2"), "r"), restore);

        Task<HttpResponseMessage> RestoreAsync(string batch, string key, string? body = null) =>
            Client.SendAsync("POST", $"{Http.Deleted}/{batch}/restore", body, headers: ("Idempotency-Key", key));

        static async Task AssertReusedAsync(Task<HttpResponseMessage> sending, string earlier)
        {
            var problem = await sending.ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
            Assert.StartsWith(
                $"This credential used this Idempotency-Key for {earlier}. ", (string?)problem["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_is_bound_to_its_credential()
    {
        using var colleague = await Server.CreateClientAsync(account: Account);
        await CreateAsync(Http.Batch("B-1"), "k").JsonAsync(HttpStatusCode.Created);
        using var response = await colleague.SendAsync("POST", Http.Batches, Http.Batch("B-2"), headers: ("Idempotency-Key", "k"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.False(response.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_failed_request_can_be_retried_with_its_key()
    {
        var taken = await Client.CreateIdAsync("B-1");
        await CreateAsync(Http.Batch(), "k").ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{taken}").EmptyAsync();
        await CreateAsync(Http.Batch(), "k").JsonAsync(HttpStatusCode.Created);

        // The condition named a version that was no longer current.
        await Client.SendAsync("POST", $"{Http.Deleted}/{taken}/restore", headers: [("Idempotency-Key", "r"), ("If-Match", "\"1\"")])
            .ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
        await Client.SendAsync("POST", $"{Http.Deleted}/{taken}/restore", headers: [("Idempotency-Key", "r"), ("If-Match", "\"2\"")])
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
    }

    [Fact]
    public async Task A_malformed_idempotency_key_is_rejected()
    {
        foreach (var key in (string[])["", new string('k', 256), "a\tb"])
        {
            var problem = await CreateAsync(Http.Batch(), key).ProblemAsync(HttpStatusCode.BadRequest, "invalid_header");
            Assert.Equal(["Idempotency-Key"], problem["errors"]!.AsObject().Select(error => error.Key));
        }
        await CreateAsync(Http.Batch(), new string('k', 255)).JsonAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Of_20_concurrent_creates_with_one_key_one_is_executed()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CreateAsync(Http.Batch(), "k")));
        var texts = new HashSet<string>();
        foreach (var response in responses)
        {
            using (response)
            {
                Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{response.StatusCode}");
                if (response.StatusCode == HttpStatusCode.Created)
                    texts.Add(await response.TextAsync(HttpStatusCode.Created));
                else
                    await response.ProblemAsync(HttpStatusCode.Conflict, "idempotency_key_in_flight");
            }
        }
        Assert.Single(texts);
        Assert.Single(await Client.ListAsync(Http.Batches));
    }

    [Fact]
    public async Task A_request_waits_for_another_with_its_key_and_then_gets_a_conflict()
    {
        await using var other = await Server.Services.GetRequiredService<NpgsqlDataSource>()
            .OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var claim = new NpgsqlCommand(
            """
            INSERT INTO idempotency_keys (account_id, credential_id, key, request_hash, created_at)
            SELECT k.account_id, k.id, 'k', '', now() FROM api_keys AS k JOIN accounts AS a ON a.id = k.account_id WHERE a.name = @name
            """,
            other);
        claim.Parameters.AddWithValue("name", Account);
        Assert.Equal(1, await claim.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await CreateAsync(Http.Batch(), "k").ProblemAsync(HttpStatusCode.Conflict, "idempotency_key_in_flight");
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 4, 15);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await CreateAsync(Http.Batch(), "k").JsonAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_idempotency_key_expires_after_a_day()
    {
        await CreateAsync(Http.Batch("B-1"), "k").JsonAsync(HttpStatusCode.Created);
        foreach (var (age, status) in ((string, HttpStatusCode)[])
            [("23 hours 59 minutes", HttpStatusCode.UnprocessableEntity), ("24 hours 1 minute", HttpStatusCode.Created)])
        {
            await using var command = Server.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(
                $"""
                UPDATE idempotency_keys AS i SET created_at = now() - interval '{age}'
                FROM api_keys AS k JOIN accounts AS a ON a.id = k.account_id
                WHERE i.credential_id = k.id AND a.name = @name
                """);
            command.Parameters.AddWithValue("name", Account);
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            using var response = await CreateAsync(Http.Batch("B-2"), "k");
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Theory]
    [InlineData(false, "http://second.example", "Host: second.example")]
    [InlineData(false, "http://batches.example:8443", "Host: batches.example:8443")]
    [InlineData(true, "https://public.example", "Host: inner", "X-Forwarded-Proto: https", "X-Forwarded-Host: public.example")]
    public async Task A_replayed_response_uses_the_address_of_the_current_request(
        bool isStoredAbsolute, string expected, params string[] headers)
    {
        await using var proxied = await ApiServer.StartAsync(Server.ConnectionString, ("Proxies:Trusted", "127.0.0.1"));
        var (_, secret) = await Server.CreateKeyAsync(account: Account);
        var first = await ReplayAsync("Host: first.example");
        Assert.StartsWith($"http://first.example{Http.Batches}/", first, StringComparison.Ordinal);
        var path = new Uri(first).AbsolutePath;
        if (isStoredAbsolute)
        {
            // The format of earlier versions of the server.
            await using var command = Server.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(
                """
                UPDATE idempotency_keys AS i SET location = 'http://first.example:5000' || substring(location FROM '/api/.*')
                FROM api_keys AS k JOIN accounts AS a ON a.id = k.account_id
                WHERE i.credential_id = k.id AND a.name = @name
                """);
            command.Parameters.AddWithValue("name", Account);
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(expected + path, await ReplayAsync(headers));

        async Task<string> ReplayAsync(params string[] headers)
        {
            var (head, _) = await RawHttp.SendBodyAsync(
                new Uri(proxied.Urls.First()),
                $"POST {Http.Batches}",
                Http.Batch(),
                [$"Authorization: Bearer {secret}", "Idempotency-Key: k", "Content-Type: application/json", .. headers]);
            Assert.StartsWith("HTTP/1.1 201 ", head, StringComparison.Ordinal);
            return Regex.Match(head, "^Location: (.*?)\r?$", RegexOptions.Multiline).Groups[1].Value;
        }
    }

    private Task<HttpResponseMessage> CreateAsync(string body, string key) =>
        Client.SendAsync("POST", Http.Batches, body, headers: ("Idempotency-Key", key));
}
