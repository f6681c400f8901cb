using System.Text;
using System.Text.Json;

namespace BatchesApi.ApiTests;

/// <summary>A random request: close enough to a valid one to reach every part of the server, but wrong somewhere.</summary>
/// <param name="random">The random number generator.</param>
/// <param name="ids">Ids of batches.</param>
/// <param name="key">A key with the scope <c>write</c>.</param>
internal sealed class FuzzRequest(Random random, string[] ids, string key)
{
    private static readonly string[] Methods =
        ["GET", "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "DELETE", "HEAD", "OPTIONS", "FOO"];

    private static readonly string[] Paths =
    [
        Http.Batches, Http.Batches, Http.Batches, Http.Batches + "/{id}", Http.Batches + "/{id}", Http.Deleted, Http.Deleted + "/{id}",
        Http.Deleted + "/{id}/restore", Http.Batches + "/claim", Http.Batches + "/{id}/lease",
        Http.Batches + "/{text}", Http.Deleted + "/{text}", Http.Batches + "/{text}/{text}", "/{text}",
        Http.Batches + "/bulk/create", Http.Batches + "/bulk/update", Http.Batches + "/bulk/delete", Http.Batches + "/bulk/restore",
        Http.Batches + "/bulk/{id}/undo", Http.Search, Http.Search, "/health/ready",
    ];

    private static readonly string[] Fields =
    [
        "batchCode", "batchType", "manager", "assignee", "dueDate", "repeated", "summary", "notes", "leadIds", "opportunityIds", "rating",
        "id", "version", "deletedAt", "where", "set", "limit", "for", "token",
        "BatchCode", "leadIds[]", "manager[]", "", "x", "__proto__", "$where",
    ];

    private static readonly string[] Values =
    [
        "\"a\"", "\"\"", "\" \"", "null", "true", "false", "0", "3", "-1", "4.0", "4.5", "1e999", "1e-999", "99999999999999999999", "[]",
        "{}", "[\"a\",\"b\"]", "[1]", "[null]", "[[[]]]", "{\"a\":{\"a\":1,\"a\":2}}", "\"2026-12-01\"", "\"2026-12-01T10:00:00+02:00\"",
        "\"9999-12-31T23:59:59-12:00\"",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\ud83d\\ude00\"", "[\"\\ud800\"]", "NaN", "\"unended", "'single'", "\u00E9",
    ];

    private static readonly string[] Parameters =
    [
        "limit", "page", "sortBy", "order", "fields", "count", "q", "p", "cursor", "LIMIT", "sortby", "Q", "x", "", "limit[]", "%00",
        "%ED%A0%80", "count=none&count", "p[rating]", "p[$or][0][notes]", "P[leadIds][$in][]", "p[", "p[]", "p[notes][$contains]", "p[x][y",
        "per_page", "assignee", "rating>", "sort", "permanent",
    ];

    private static readonly string[] ParameterValues =
    [
        "1", "20", "1000", "0", "-1", "2147483647", "2147483648", "abc", "", "asc", "desc,asc", "rating", "rating,dueDate", "id,id",
        "leadIds", "deletedAt", "batchCode,notes", "none", "exact", "bounded", "%00", "%FF", "%ED%A0%80", "%F0%9F%98%80", "%zz", "%", "%25",
        "+", "a;b", "'--", "rating:gte:4", "{\"a\":1}", "-rating", "+rating,-notes", "-notes,rating:gte:4", "-rating:4", "rating>3",
        "{\"notes\":{\"$contains\":\"a\"}}", "{\"leadIds\":{\"$size\":1e999}}", "rating:desc", "{'rating':4}",
        "notes:contains:a", "a%20-b", "%22a%20b%22", "%22a", "-", "%CC%81", "{\"rating\":{\"$gte\":3}}", "AAAA", "W10",
    ];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Accept", ["*/*", "application/json", "text/html", "application/json;q=0", ";;;", "\u00E9", "a/b;q=2, */*;q=-1", ""]),
        ("Accept-Encoding", ["identity;q=0", "*;q=0", "br;q=0, gzip;q=0", ",;;q=", "\u00E9"]),
        ("Batch-Lease", ["", "AAAA", "\u00E9"]),
        ("Content-Encoding", ["gzip", "identity", "\u00E9"]),
        ("If-Modified-Since", ["yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"]),
        ("Prefer", ["explain", "EXPLAIN;x=1, wait=5", "return=minimal", ",;=", "\u00E9"]),
        ("Range", ["bytes=0-1", "bytes=5-1", "x"]),
        ("X-HTTP-Method-Override", ["DELETE"]),
        ("X-Forwarded-Host", ["evil.example", "\u00E9"]),
        ("traceparent", ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-x-y-z", "\u00E9"]),
        ("Cookie", ["a=b", ";;=\u00E9"]),
        ("Expect", ["100-continue"]),
    ];

    private static readonly string[] MediaTypes =
    [
        "application/json", "application/json", "application/json; charset=utf-8", "application/merge-patch+json",
        "application/x-www-form-urlencoded",
        "text/plain", "application/json; charset=utf-16", "multipart/form-data", "x", ";", "\u00E9/\u00E9", "",
    ];

    /// <summary>The request.</summary>
    public HttpRequestMessage Make()
    {
        var path = Pick(Paths).Replace("{id}", Pick(ids), StringComparison.Ordinal);
        while (path.Contains("{text}", StringComparison.Ordinal))
        {
            path = path[..path.IndexOf('{', StringComparison.Ordinal)]
                + PathText() + path[(path.IndexOf('}', StringComparison.Ordinal) + 1)..];
        }
        var query = string.Join('&', Several(3, () => $"{Pick(Parameters)}={Pick(ParameterValues)}"));
        var method = Pick(Methods);
        var request = new HttpRequestMessage(
            new HttpMethod(method), query.Length > 0 && OneIn(method == "GET" ? 1 : 4) ? $"{path}?{query}" : path);
        request.Headers.TryAddWithoutValidation(
            "Authorization", OneIn(20) ? Pick(["", "Basic x", "Bearer", "Bearer \u00E9", $"Bearer {key}x"]) : $"Bearer {key}");
        foreach (var (name, values) in Several(2, () => Pick(Headers)).DistinctBy(header => header.Name))
            request.Headers.TryAddWithoutValidation(name, Pick(values));
        if (request.Method != HttpMethod.Head && !OneIn(5))
        {
            request.Content = new ByteArrayContent(Spoil(Encoding.UTF8.GetBytes(OneIn(4) ? Form() : Json())));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", OneIn(6) ? Pick(MediaTypes) : "application/json");
        }
        return request;
    }

    private string Json()
    {
        var members = Several(3, () => $"{JsonSerializer.Serialize(Pick(Fields))}:{Value()}");
        return OneIn(2)
            ? Http.Batch(OneIn(2) ? "B-1" : Text(), string.Join(',', members))
            : OneIn(10) ? Value() : $"{{{string.Join(',', members)}}}";
    }

    private string Form() => string.Join('&', Several(6, () => $"{Pick(Fields)}={(OneIn(2) ? Value() : Uri.EscapeDataString(Text()))}"));

    private string Value() => OneIn(5) ? JsonSerializer.Serialize(Text()) : Pick(Values);

    private string Text()
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 5); i > 0; i--)
            text.Append(new Rune(OneIn(2) ? random.Next(0x20, 0x7F) : OneIn(2) ? random.Next(1, 0xD800) : random.Next(0xE000, 0x110000)));
        return text.ToString();
    }

    /// <summary>Text for a path: without U+0000, which ends the request line, and without slashes and dots, which clients
    /// resolve.</summary>
    private string PathText() =>
        Uri.EscapeDataString(Text()).Replace("%2F", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal) + "x";

    private byte[] Spoil(byte[] bytes)
    {
        if (bytes.Length > 0 && OneIn(12))
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return OneIn(20) ? bytes[..random.Next(bytes.Length + 1)] : bytes;
    }

    private List<T> Several<T>(int max, Func<T> make) => [.. Enumerable.Range(0, random.Next(max + 1)).Select(_ => make())];

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];

    private bool OneIn(int times) => random.Next(times) == 0;
}
