using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Lists of one account, their cursors, and forged cursors.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Queries">The lists.</param>
/// <param name="Cursors">A cursor of each.</param>
internal sealed record HostileCursors(int AccountId, SentParameter[][] Queries, string[] Cursors)
{
    private const int DigestBytes = 12;

    private static readonly (string SortBy, string Q, string Order, string Where)[] Lists =
    [
        ("createdAt", "", "createdAt desc, id desc", "always"),
        ("rating,assignee", "", "rating desc, assignee desc, id desc", "always"),
        ("repeated,notes", "", "repeated desc, notes desc, id desc", "always"),
        ("dueDate", "ren", "dueDate desc, id desc",
            "text has \"ren\" or leadIds has any of [\"ren\"] or opportunityIds has any of [\"ren\"]"),
    ];

    /// <summary>Creates some batches and requests the lists.</summary>
    public static async Task<HostileCursors> CreateAsync(ApiServer server, HttpClient client, string account)
    {
        var owner = await server.AccountIdAsync(account);
        await client.CreateAsync(Http.Batch("B-2", """ "rating":3,"assignee":"amy","notes":"x","dueDate":"2026-12-01" """));
        await client.CreateAsync(Http.Batch("B-3", "\"rating\":3"));
        var made = new HostileCursors(
            owner, [.. Lists.Select(list => (SentParameter[])[new SentParameter("sortBy", list.SortBy), new SentParameter("q", list.Q)])],
            []);
        var cursors = new List<string>();
        foreach (var query in made.Queries)
        {
            var parameters = string.Join('&', query.Select(parameter => $"{parameter.Name}={parameter.Value}"));
            var page = await client.GetJsonAsync($"{Http.Batches}?limit=1&{parameters}");
            cursors.Add((string)page["nextCursor"]!);

            // A cursor with a wrong digest would be rejected before its values are read.
            Assert.Equal(cursors[^1], made.Forge(query, JsonIn(cursors[^1])));
        }
        return made with { Cursors = [.. cursors] };
    }

    /// <summary>A cursor of a list with a correct digest, which any client can compute, and any text.</summary>
    public string Forge(SentParameter[] query, string json)
    {
        var (_, _, order, where) = Lists[Array.IndexOf(Queries, query)];
        var values = Encoding.UTF8.GetBytes(json);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{AccountId} False by {order} where {where} after "), .. values];
        return Base64Url.EncodeToString([.. SHA256.HashData(signed).AsSpan(0, DigestBytes), .. values]);
    }

    /// <summary>A cursor of a list with a correct digest and some values replaced.</summary>
    public string Forge(SentParameter[] query, string[] values, (int From, int Count) where)
    {
        var json = JsonNode.Parse(JsonIn(Cursors[Array.IndexOf(Queries, query)]))!;
        var own = json.AsArray().Select(value => value?.ToJsonString() ?? "null").ToList();
        return Forge(query, $"[{string.Join(',', own.Take(where.From).Concat(values).Concat(own.Skip(where.From + where.Count)))}]");
    }

    private static string JsonIn(string cursor) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor).AsSpan(DigestBytes));
}
