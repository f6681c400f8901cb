using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>Several servers on one database: what is said to one holds on the others.</summary>
public sealed class ReplicaTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";

    [Fact]
    public async Task A_revoked_key_and_a_disabled_user_are_refused_everywhere_within_30_seconds()
    {
        var database = await databases.CreateAsync();
        await using var first = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database));
        await using var second = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database));
        var key = await KeyAsync(database);
        await BatchesProcess.RunWithInputAsync(database, "correct horse", "users", "create", "--account", "acme", "--email", "amy@example.com");
        using var clients = new Clients(first, second);
        var token = await clients.SignInAsync("amy@example.com", "correct horse");

        foreach (var secret in (string[])[key, token])
            Assert.All(await clients.StatusesAsync(secret), status => Assert.Equal(HttpStatusCode.OK, status));
        var id = (await BatchesProcess.RunAsync(database, "keys", "list", "--account", "acme")).Output.Split('\t')[0];
        Assert.Equal(0, (await BatchesProcess.RunAsync(database, "keys", "revoke", id)).ExitCode);
        Assert.Equal(0, (await BatchesProcess.RunAsync(database, "users", "disable", "AMY@example.com")).ExitCode);

        var patience = Stopwatch.StartNew();
        foreach (var secret in (string[])[key, token])
        {
            while ((await clients.StatusesAsync(secret)).Contains(HttpStatusCode.OK))
            {
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), "It still holds after 30 s.");
                await Task.Delay(250, TestContext.Current.CancellationToken);
            }
            Assert.All(await clients.StatusesAsync(secret), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        }
    }

    [Fact]
    public async Task With_Redis_limits_hold_over_all_servers_and_without_it_each_counts_alone()
    {
        Assert.True(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Start();
        var database = await databases.CreateAsync();
        await using var first = await ServeAsync(database, redis);
        await using var second = await ServeAsync(database, redis);
        using var clients = new Clients(first, second);
        var key = await KeyAsync(database);

        // Spread over both servers, whatever their order, 480 are served.
        var statuses = await clients.StatusesAsync(key, rounds: 240);
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        Assert.DoesNotContain("Redis", first.Output + second.Output, StringComparison.Ordinal);

        // Redis goes: each server counts for itself, says so once, and serves on.
        redis.Stop();
        statuses = await clients.StatusesAsync(key, rounds: 480);
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        foreach (var server in (BatchesProcess[])[first, second])
            await server.WaitForAsync(() => server.Output, new Regex("Redis is unavailable"));
        Assert.All([first, second], server => Assert.Single(Regex.Matches(server.Output, "Redis is unavailable")));

        // It comes back, empty, and counts for both again.
        redis.Resume();
        await clients.UntilBackAsync(key);
        var other = (await BatchesProcess.RunAsync(database, "keys", "create", "--account", "acme", "--name", "other")).Output;
        statuses = await clients.StatusesAsync(other, rounds: 241);
        Assert.Equal(480, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.All(statuses[480..], status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        Assert.All([first, second], server => Assert.Single(Regex.Matches(server.Output, "Redis is available again")));
        Assert.All([first, second], server => Assert.Single(Regex.Matches(server.Output, "Redis is unavailable")));
    }

    [Fact]
    public async Task With_Redis_failed_sign_ins_count_over_all_servers_and_successes_do_not()
    {
        Assert.True(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Start();
        var database = await databases.CreateAsync();
        await using var first = await ServeAsync(database, redis);
        await using var second = await ServeAsync(database, redis);
        using var clients = new Clients(first, second);
        await KeyAsync(database);
        await BatchesProcess.RunWithInputAsync(database, "correct horse", "users", "create", "--account", "acme", "--email", "amy@example.com");

        for (var i = 0; i < 6; i++)
            Assert.All(await clients.SignInStatusesAsync("amy@example.com", "correct horse"), status => Assert.Equal(HttpStatusCode.OK, status));
        for (var i = 0; i < 5; i++)
            Assert.All(await clients.SignInStatusesAsync("amy@example.com", "wrong"), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.All(await clients.SignInStatusesAsync("amy@example.com", "correct horse"), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
        for (var i = 0; i < 10; i++)
            Assert.All(await clients.SignInStatusesAsync($"nobody{i}@example.com", "wrong"), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.All(await clients.SignInStatusesAsync("bob@example.com", "wrong"), status => Assert.Equal(HttpStatusCode.TooManyRequests, status));
    }

    [Fact]
    public async Task With_Redis_the_first_requests_of_valid_keys_do_not_count_against_their_address()
    {
        Assert.True(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Start();
        var database = await databases.CreateAsync();
        await using var first = await ServeAsync(database, redis, ("RateLimits__Standard__PerMinute", "5"));
        await using var second = await ServeAsync(database, redis, ("RateLimits__Standard__PerMinute", "5"));
        using var clients = new Clients(first, second);
        var key = await KeyAsync(database);
        for (var i = 0; i < 4; i++, key = (await BatchesProcess.RunAsync(database, "keys", "create", "--account", "acme", "--name", $"{i}")).Output)
            Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));

        // Those of strangers count over both servers, and what is not a key is one, too.
        var statuses = await clients.StatusesAsync("garbage", rounds: 4);
        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 5), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 3)], statuses);
    }

    [Fact]
    public async Task A_Redis_that_hangs_holds_nobody_up_and_the_log_does_not_tell_who_was_counted()
    {
        Assert.True(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Start();
        var database = await databases.CreateAsync();
        await using var server = await ServeAsync(database, redis);
        using var clients = new Clients(server);
        var key = await KeyAsync(database);
        await BatchesProcess.RunWithInputAsync(database, "correct horse", "users", "create", "--account", "acme", "--email", "amy@example.com");
        Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));

        await redis.HangAsync(true);
        var time = Stopwatch.StartNew();
        Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(0.9));
        Assert.NotEqual("", await clients.SignInAsync("amy@example.com", "correct horse"));
        for (var i = 0; i < 5; i++)
            Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));
        await server.WaitForAsync(() => server.Output, new Regex("Redis is unavailable"));
        Assert.DoesNotContain("amy@example.com", server.Output, StringComparison.Ordinal);

        await redis.HangAsync(false);
        await clients.UntilBackAsync(key);
    }

    [Fact]
    public async Task A_server_that_starts_before_Redis_uses_it_as_soon_as_it_is_there()
    {
        Assert.True(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Prepare();
        var database = await databases.CreateAsync();
        await using var server = await ServeAsync(database, redis);
        using var clients = new Clients(server);
        var key = await KeyAsync(database);
        Assert.All(await clients.StatusesAsync(key), status => Assert.Equal(HttpStatusCode.OK, status));

        redis.Resume();
        await clients.UntilBackAsync(key);
    }

    private static Task<BatchesProcess> ServeAsync(string database, Redis redis, params (string, string)[] settings) =>
        BatchesProcess.ServeAsync([("ConnectionStrings__Batches", database), ("ConnectionStrings__Redis", redis.Configuration), .. settings]);

    private static async Task<string> KeyAsync(string database) =>
        (await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme", "--with-key", "first")).Output;

    private sealed class Clients(params BatchesProcess[] servers) : IDisposable
    {
        private readonly HttpClient[] _clients = [.. servers.Select(server => new HttpClient { BaseAddress = server.Address })];

        /// <summary>How each server in turn answers a list.</summary>
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

        /// <summary>How they answer so many lists each, turn by turn.</summary>
        public async Task<List<HttpStatusCode>> StatusesAsync(string secret, int rounds)
        {
            var statuses = new List<HttpStatusCode>();
            for (var i = 0; i < rounds; i++)
                statuses.AddRange(await StatusesAsync(secret));
            return statuses;
        }

        /// <summary>Waits until each has logged that Redis is available again, which it finds when it is asked for something.</summary>
        public async Task UntilBackAsync(string secret)
        {
            for (var patience = Stopwatch.StartNew(); servers.Any(server => !server.Output.Contains("Redis is available again", StringComparison.Ordinal)); await Task.Delay(100))
            {
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), "Redis is not used again.");
                await StatusesAsync(secret);
            }
        }

        /// <summary>How each server in turn answers a sign-in.</summary>
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

        public void Dispose() => Array.ForEach(_clients, client => client.Dispose());
    }
}
