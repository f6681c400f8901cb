using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace BatchesApi.Load;

/// <summary>Checks that all contestants return the same batches, without which their rates cannot be compared.</summary>
internal static class Agreement
{
    private const string Statement = "the statement";

    /// <summary>Asks each contestant for the page of a list and compares the ids in order.</summary>
    /// <param name="operation">The list.</param>
    /// <param name="contestants">The contestants.</param>
    /// <param name="database">The database in which to run the statement.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The difference, or null.</returns>
    public static async Task<string?> FindDifferenceAsync(
        Operation operation, IReadOnlyList<Contestant> contestants, SeededDatabase database, CancellationToken cancellation)
    {
        if (operation.Target is null)
            return null;
        var pages = new List<(string Name, IReadOnlyList<string> Ids)> { (Statement, await ReadAsync(operation, database, cancellation)) };
        foreach (var contestant in contestants)
            pages.Add((contestant.Name, await GetAsync(operation, contestant, cancellation)));
        var (_, expected) = pages[0];
        if (expected.Count > 0 && pages.TrueForAll(page => page.Ids.SequenceEqual(expected)))
            return null;
        var ids = pages.Select(page => $"  {page.Name}: {(page.Ids.Count == 0 ? "none" : string.Join(' ', page.Ids))}");
        return $"{operation.Letter} ({operation.Name}): the contestants must return the same batches, at least one.\n"
            + string.Join('\n', ids);
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(
        Operation operation, SeededDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.ConnectAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = operation.GetQuery(database.Account);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var ids = new List<string>();
        while (await row.ReadAsync(cancellation))
            ids.Add(row.GetString(0));
        return ids;
    }

    private static async Task<IReadOnlyList<string>> GetAsync(
        Operation operation, Contestant contestant, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = contestant.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", contestant.Program.Database.Key);
        var page = JsonNode.Parse(await client.GetStringAsync(operation.GetTarget(contestant.Program), cancellation))!;
        return [.. page["data"]!.AsArray().Select(batch => (string)batch!["id"]!)];
    }
}
