using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>Several servers on one database: revocations and limits apply to all of them.</summary>
public sealed class ReplicaTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";

    [Fact]
    public async Task A_revoked_key_and_a_disabled_user_are_rejected_by_every_server_within_30_seconds()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var replicas = await Replicas.StartAsync(2, ("ConnectionStrings__Batches", database));
        var token = await replicas.SignInAsync(Databases.Email, Databases.Password);

        foreach (var secret in (string[])[key, token])
            Assert.All(await replicas.StatusesAsync(secret), status => Assert.Equal(HttpStatusCode.OK, status));
        var id = (await BatchesProcess.RunAsync(database, "keys", "list", "--account", "acme")).Output.Split('\t')[0];
        var commands = await Task.WhenAll(
            BatchesProcess.RunAsync(database, "keys", "revoke", id),
            BatchesProcess.RunAsync(database, "users", "disable", "AMY@example.com"));
        Assert.All(commands, command => Assert.Equal(0, command.ExitCode));

        var waiting = Stopwatch.StartNew();
        foreach (var secret in (string[])[key, token])
        {
            while ((await replicas.StatusesAsync(secret)).Contains(HttpStatusCode.OK))
            {
                Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(30), "The credential is still valid after 30 s.");
                await Task.Delay(250, TestContext.Current.CancellationToken);
            }
            Assert.All(await replicas.StatusesAsync(secret), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        }
    }

    [Fact]
    public async Task Limits_are_shared_through_Redis_and_each_server_counts_alone_without_it()
    {
        using var redis = StartRedis();
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var replicas = await StartAsync(2, database, redis, ("RateLimits__Standard__PerMinute", "60"));

        // Both servers together serve 60 requests.
        var statuses = await replicas.StatusesAsync(key, rounds: 30);
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        Assert.All(replicas.Servers, server => Assert.DoesNotContain("Redis", server.Output, StringComparison.Ordinal));

        // Without Redis each server counts alone, logs this once and keeps serving.
        redis.Stop();
        statuses = await replicas.StatusesAsync(key, rounds: 60);
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        await replicas.WaitForLogAsync("Redis is unavailable");
        Assert.All(replicas.Servers, server => Assert.Single(Regex.Matches(server.Output, "Redis is unavailable")));

        // Redis, available again but empty, counts for both.
        redis.Resume();
        await replicas.WaitUntilRedisIsUsedAsync(key);
        var other = (await BatchesProcess.RunAsync(database, "keys", "create", "--account", "acme", "--name", "other")).Output;
        statuses = await replicas.StatusesAsync(other, rounds: 31);
        Assert.Equal(60, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.All(statuses[60..], status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        Assert.All(replicas.Servers, server => Assert.Single(Regex.Matches(server.Output, "Redis is available again")));
        Assert.All(replicas.Servers, server => Assert.Single(Regex.Matches(server.Output, "Redis is unavailable")));
    }

    [Fact]
    public async Task Failed_sign_ins_are_counted_across_servers_through_Redis_and_successful_ones_are_not()
    {
        using var redis = StartRedis();
        var (database, _) = await databases.CreateWithKeyAsync();
        await using var replicas = await StartAsync(2, database, redis);

        for (var i = 0; i < 6; i++)
        {
            Assert.All(
                await replicas.SignInStatusesAsync(Databases.Email, Databases.Password), status => Assert.Equal(HttpStatusCode.OK, status));
        }
        for (var i = 0; i < 5; i++)
        {
            Assert.All(
                await replicas.SignInStatusesAsync(Databases.Email, "wrong"), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        }
        Assert.All(
            await replicas.SignInStatusesAsync(Databases.Email, Databases.Password),
            status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        for (var i = 0; i < 10; i++)
        {
            Assert.All(
                await replicas.SignInStatusesAsync($"unknown{i}@example.com", "wrong"),
                status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        }
        Assert.All(
            await replicas.SignInStatusesAsync("bob@example.com", "wrong"), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
    }

    [Fact]
    public async Task Valid_keys_new_to_a_server_do_not_count_against_their_address_in_Redis()
    {
        using var redis = StartRedis();
        var (database, first) = await databases.CreateWithKeyAsync();
        var others = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(i => BatchesProcess.RunAsync(database, "keys", "create", "--account", "acme", "--name", $"{i}")));
        await using var replicas = await StartAsync(2, database, redis, ("RateLimits__Standard__PerMinute", "5"));
        foreach (var key in (string[])[first, .. others.Select(other => other.Output)])
            Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));

        // Requests without a valid key count over both servers.
        var statuses = await replicas.StatusesAsync("garbage", rounds: 4);
        Assert.Equal(
            [.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 5), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 3)], statuses);
    }

    [Fact]
    public async Task A_hung_Redis_does_not_delay_requests_and_the_log_has_no_user()
    {
        using var redis = StartRedis();
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var replicas = await StartAsync(1, database, redis);
        Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));

        await redis.HangAsync(true);
        var time = Stopwatch.StartNew();
        Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(0.9));
        Assert.NotEqual("", await replicas.SignInAsync(Databases.Email, Databases.Password));
        for (var i = 0; i < 5; i++)
            Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));
        await replicas.WaitForLogAsync("Redis is unavailable");
        Assert.DoesNotContain(Databases.Email, Assert.Single(replicas.Servers).Output, StringComparison.Ordinal);

        await redis.HangAsync(false);
        await replicas.WaitUntilRedisIsUsedAsync(key);
    }

    [Fact]
    public async Task A_server_started_before_Redis_uses_it_once_available()
    {
        using var redis = StartRedis(isRunning: false);
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var replicas = await StartAsync(1, database, redis);
        Assert.All(await replicas.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));

        redis.Resume();
        await replicas.WaitUntilRedisIsUsedAsync(key);
    }

    private static Redis StartRedis(bool isRunning = true)
    {
        Assert.True(Redis.IsInstalled, "This test needs redis-server.");
        return isRunning ? Redis.Start() : Redis.Prepare();
    }

    private static Task<Replicas> StartAsync(int count, string database, Redis redis, params (string, string?)[] settings) =>
        Replicas.StartAsync(
            count, [("ConnectionStrings__Batches", database), ("ConnectionStrings__Redis", redis.Configuration), .. settings]);

    /// <summary>Servers with the same settings, and a client of each.</summary>
    private sealed class Replicas(BatchesProcess[] servers) : IAsyncDisposable
    {
        private readonly HttpClient[] _clients = [.. servers.Select(server => server.CreateClient())];

        public IReadOnlyList<BatchesProcess> Servers => servers;

        public static async Task<Replicas> StartAsync(int count, params (string, string?)[] settings) =>
            new(await Task.WhenAll(Enumerable.Range(0, count).Select(_ => BatchesProcess.ServeAsync(settings))));

        /// <summary>Requests a list from each server in turn.</summary>
        public async Task<List<HttpStatusCode>> StatusesAsync(string secret)
        {
            var statuses = new List<HttpStatusCode>();
            foreach (var client in _clients)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, Batches);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
                using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
                statuses.Add(response.StatusCode);
            }
            return statuses;
        }

        /// <summary>Requests a list from each server in turn, several times.</summary>
        public async Task<List<HttpStatusCode>> StatusesAsync(string secret, int rounds)
        {
            var statuses = new List<HttpStatusCode>();
            for (var i = 0; i < rounds; i++)
                statuses.AddRange(await StatusesAsync(secret));
            return statuses;
        }

        /// <summary>Sends requests until each server has logged that it uses Redis again.</summary>
        public async Task WaitUntilRedisIsUsedAsync(string secret)
        {
            for (var waiting = Stopwatch.StartNew();
                servers.Any(server => !server.Output.Contains("Redis is available again", StringComparison.Ordinal));
                await Task.Delay(100))
            {
                Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60), "The servers did not use Redis again within 60 s.");
                await StatusesAsync(secret);
            }
        }

        /// <summary>Signs in at each server in turn.</summary>
        public async Task<List<HttpStatusCode>> SignInStatusesAsync(string email, string password)
        {
            var statuses = new List<HttpStatusCode>();
            foreach (var client in _clients)
            {
                using var response = await PostSignInAsync(client, email, password);
                statuses.Add(response.StatusCode);
            }
            return statuses;
        }

        public async Task<string> SignInAsync(string email, string password)
        {
            using var response = await PostSignInAsync(_clients[0], email, password);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return (string)System.Text.Json.Nodes.JsonNode.Parse(text)!["accessToken"]!;
        }

        private static Task<HttpResponseMessage> PostSignInAsync(HttpClient client, string email, string password) => client.PostAsync(
            new Uri("/api/v2/signin", UriKind.Relative),
            new FormUrlEncodedContent([KeyValuePair.Create("email", email), KeyValuePair.Create("password", password)]),
            TestContext.Current.CancellationToken);

        public async Task WaitForLogAsync(string text)
        {
            foreach (var server in servers)
                await server.WaitForAsync(() => server.Output, new Regex(text));
        }

        public async ValueTask DisposeAsync()
        {
            Array.ForEach(_clients, client => client.Dispose());
            await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
        }
    }
}
