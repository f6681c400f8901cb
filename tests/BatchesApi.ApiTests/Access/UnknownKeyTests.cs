using System.Collections.Concurrent;
using BatchesApi.Access;

namespace BatchesApi.ApiTests.Access;

/// <summary>The limit on requests without a valid credential also limits database lookups (specification, section 6).</summary>
public sealed class UnknownKeyTests(ApiServer given)
{
    /// <summary>Makes PostgreSQL use the index of the key hashes, whose scans it counts, although the table is small.</summary>
    private const string UseIndexScans = "Options=-c enable_seqscan=off";

    private static readonly (string, string)[] Limited = [("RateLimits:Enabled", "true"), ("Proxies:Trusted", "127.0.0.1")];

    [Fact]
    public async Task Lookups_of_unknown_keys_are_limited_by_address()
    {
        await using var server = await SeparateServer.StartAsync(given, UseIndexScans, Limited);
        var (_, key) = await server.CreateAccountAsync("acme");
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);

        var responses = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 620),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken },
            async (_, _) => responses.Add((await SendAsync(server.Address, Unknown(), "203.0.113.1")).Status));
        Assert.Equal(new Dictionary<string, int> { ["401"] = 480, ["429"] = 140 }, responses.CountBy(status => status).ToDictionary());

        // The valid key and the other address have separate limits.
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
        Assert.Equal("401", (await SendAsync(server.Address, Unknown(), "203.0.113.2")).Status);

        // 480 and 1 unknown keys, and the valid one, which is looked up again if its cache entry expired meanwhile.
        Assert.InRange(await CountLookupsAsync(server), 482, 483);
    }

    [Fact]
    public async Task A_recently_valid_key_is_looked_up_even_from_an_address_over_its_limit()
    {
        await using var server = await SeparateServer.StartAsync(given, "", [.. Limited, ("RateLimits:Standard:PerMinute", "5")]);
        var (_, key) = await server.CreateAccountAsync("acme");
        var (_, unseen) = await server.CreateAccountAsync("other");
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
        for (var i = 0; i < 5; i++)
            Assert.Equal("401", (await SendAsync(server.Address, Unknown(), "203.0.113.1")).Status);

        // A lookup is cached for some seconds.
        await Task.Delay(CredentialCache.CacheDuration + TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        var (status, limits) = await SendAsync(server.Address, key, "203.0.113.1");
        Assert.Equal(("200", "3"), (status, Remaining(limits)));

        // This server has not seen the other key, so it treats its caller like an unknown one.
        Assert.Equal("429", (await SendAsync(server.Address, unseen, "203.0.113.1")).Status);
        (status, limits) = await SendAsync(server.Address, unseen, "203.0.113.2");
        Assert.Equal(("200", "4"), (status, Remaining(limits)));
    }

    [Fact]
    public async Task A_changed_key_is_looked_up_even_from_an_address_over_its_limit()
    {
        await using var server = await SeparateServer.StartAsync(given, "", [.. Limited, ("RateLimits:Standard:PerMinute", "5")]);
        var (_, key) = await server.CreateAccountAsync("acme");
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
        for (var i = 0; i < 5; i++)
            Assert.Equal("401", (await SendAsync(server.Address, Unknown(), "203.0.113.1")).Status);

        await server.ExecuteAsync("UPDATE api_keys SET scope = 'admin'");
        await Task.Delay(CredentialCache.CacheDuration + TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        var id = await server.QueryAsync<string>("SELECT id FROM api_keys");
        using var admin = server.CreateClient(key);
        await admin.SendAsync("PATCH", $"{TestRoutes.Keys}/{id}", """{"name":"renamed"}""").JsonAsync();
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
    }

    [Fact]
    public async Task Valid_keys_do_not_count_against_their_address()
    {
        await using var limited = await ApiServer.StartAsync(given.ConnectionString, [.. Limited, ("RateLimits:Standard:PerMinute", "5")]);
        var address = new Uri(limited.Urls.First());
        for (var i = 0; i < 8; i++)
        {
            var (status, limits) = await SendAsync(address, (await given.CreateKeyAsync()).Secret, "203.0.113.1");
            Assert.Equal(("200", "4"), (status, Remaining(limits)));
        }
        for (var i = 4; i >= 0; i--)
        {
            var (status, limits) = await SendAsync(address, Unknown(), "203.0.113.1");
            Assert.Equal(("401", $"{i}"), (status, Remaining(limits)));
        }
        Assert.Equal("429", (await SendAsync(address, Unknown(), "203.0.113.1")).Status);
    }

    [Fact]
    public async Task A_revoked_key_is_looked_up_only_once_beyond_the_limit()
    {
        await using var server = await SeparateServer.StartAsync(
            given, UseIndexScans, [.. Limited, ("RateLimits:Standard:PerMinute", "5")]);
        var (_, key) = await server.CreateAccountAsync("acme");
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
        await server.ExecuteAsync("UPDATE api_keys SET revoked_at = now()");
        await Task.Delay(CredentialCache.CacheDuration + TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        for (var i = 0; i < 5; i++)
            Assert.Equal("401", (await SendAsync(server.Address, Unknown(), "203.0.113.1")).Status);
        for (var i = 0; i < 5; i++)
            Assert.Equal("429", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
        Assert.Equal(7, await CountLookupsAsync(server));
    }

    [Fact]
    public async Task A_lookup_that_fails_in_the_database_does_not_count()
    {
        await using var server = await SeparateServer.StartAsync(given, "", [.. Limited, ("RateLimits:Standard:PerMinute", "5")]);
        var (_, key) = await server.CreateAccountAsync("acme");
        await server.ExecuteAsync("ALTER TABLE api_keys RENAME TO away");
        for (var i = 0; i < 8; i++)
            Assert.Equal("503", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
        await server.ExecuteAsync("ALTER TABLE away RENAME TO api_keys");
        Assert.Equal("200", (await SendAsync(server.Address, key, "203.0.113.1")).Status);
    }

    private static string Unknown() => Secret.Create(Secret.KeyPrefix);

    private static async Task<(string Status, string Limits)> SendAsync(Uri address, string key, string from)
    {
        var (head, _) = await RawHttp.SendAsync(
            address, $"GET {Http.Batches}?limit=1", $"Authorization: Bearer {key}", $"X-Forwarded-For: {from}");
        var limits = head.Split("\r\n").SingleOrDefault(line => line.StartsWith("RateLimit: ", StringComparison.Ordinal));
        return (head.Split(' ')[1], limits ?? "");
    }

    /// <summary>The remaining quota of the minute.</summary>
    private static string Remaining(string limits) => limits.Split("\"minute\";r=")[1].Split(';')[0];

    /// <summary>The number of lookups by hash. PostgreSQL has counted all of them when the sessions have ended.</summary>
    private static async Task<long> CountLookupsAsync(SeparateServer server)
    {
        const string Others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        await server.ExecuteAsync($"SELECT pg_terminate_backend(pid, 10000) {Others} AND application_name = 'batches-api'");
        return await server.QueryAsync<long>("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ix_api_keys_hash'");
    }
}
