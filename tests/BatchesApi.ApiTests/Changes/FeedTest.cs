using System.Diagnostics;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;
using BatchesApi.Changes;
using Npgsql;

namespace BatchesApi.ApiTests.Changes;

/// <summary>Follows the changes of an account. Transactions of other tests on the same PostgreSQL may hold the feed back, so a test waits
/// for the entries that it expects.</summary>
public abstract class FeedTest(ApiServer server) : AccountTest(server)
{
    protected const string Feed = $"{Http.Batches}/changes";

    private const string Marker = "marker-";

    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Reads the cursor of now, once all changes of the account are before it.</summary>
    protected async Task<string> FindNowAsync(HttpClient client)
    {
        var accountId = await Server.AccountIdAsync(Account);
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var last = source.CreateCommand(
            $"SELECT coalesce(max(position), 0) FROM batch_changes WHERE account_id = {accountId}");
        var position = (long)(await last.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        for (var waiting = Stopwatch.StartNew(); ;)
        {
            var cursor = await ReadNowAsync(client);
            if (ChangeCursor.Read(accountId, cursor)!.After.Position > position)
                return cursor;
            Assert.True(waiting.Elapsed < Patience);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Reads the cursor of now, which may be before changes that the feed still holds back.</summary>
    protected static async Task<string> ReadNowAsync(HttpClient client) => (string)(await client.GetJsonAsync(Feed))["nextCursor"]!;

    /// <summary>Reads pages until they have a number of entries.</summary>
    protected static async Task<IReadOnlyList<JsonObject>> FollowAsync(HttpClient client, string since, int count, string query = "") =>
        (await FollowToAsync(client, since, count, query)).Entries;

    /// <inheritdoc cref="FollowAsync"/>
    protected static async Task<(IReadOnlyList<JsonObject> Entries, string Cursor)> FollowToAsync(
        HttpClient client, string since, int count, string query = "")
    {
        var entries = new List<JsonObject>();
        for (var waiting = Stopwatch.StartNew(); entries.Count < count && waiting.Elapsed < Patience;)
        {
            var page = await client.GetJsonAsync($"{Feed}?since={since}&wait=1{query}");
            entries.AddRange(page["data"]!.AsArray().Select(entry => entry!.AsObject()));
            since = (string)page["nextCursor"]!;
        }
        Assert.Equal(count, entries.Count);
        return (entries, since);
    }

    /// <summary>Waits until everything that is committed can be read, and reads it.</summary>
    protected async Task<IReadOnlyList<JsonObject>> ReadAllAsync(HttpClient client, string since, string query = "")
    {
        // Another change of the account is after all that came before it.
        var marker = await Client.CreateIdAsync($"{Marker}{Guid.NewGuid():N}");
        using var all = await Server.CreateClientAsync("read", Account);
        var (waiting, from, isFound) = (Stopwatch.StartNew(), since, false);
        while (!isFound)
        {
            Assert.True(waiting.Elapsed < Patience);
            var page = await all.GetJsonAsync($"{Feed}?since={from}&limit=1000&wait=1");
            from = (string)page["nextCursor"]!;
            isFound = page["data"]!.AsArray().Any(entry => entry!.Id() == marker);
        }
        var entries = new List<JsonObject>();
        for (var more = true; more;)
        {
            var page = await client.GetJsonAsync($"{Feed}?since={since}{query}");
            entries.AddRange(page["data"]!.AsArray().Select(entry => entry!.AsObject()).Where(entry => !IsMarker(entry)));
            (since, more) = ((string)page["nextCursor"]!, (bool)page["more"]!);
        }
        return entries;
    }

    private static bool IsMarker(JsonObject entry) =>
        ((string?)entry["batch"]?["batchCode"])?.StartsWith(Marker, StringComparison.Ordinal) == true;

    /// <summary>An entry as <c>id action version</c>.</summary>
    protected static string Describe(JsonObject entry) => $"{entry.Id()} {entry["action"]} {entry["version"]}".TrimEnd();
}
