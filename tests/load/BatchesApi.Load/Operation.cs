using System.Globalization;

namespace BatchesApi.Load;

/// <summary>A request of the benchmark, for wrk and as a statement for pgbench.</summary>
/// <param name="Letter">The short name.</param>
/// <param name="Name">The description.</param>
/// <param name="Lua">The wrk function that makes the next request; <c>n</c> counts the requests, <c>ids</c> are ids of active
/// batches.</param>
/// <param name="Sql">The statement as a pgbench script; <c>:account</c> is the account.</param>
internal sealed record Operation(string Letter, string Name, string Lua, string Sql)
{
    private const string Columns =
        "id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, "
        + "created_at, updated_at, version";

    private const string ActiveBatches = $"SELECT {Columns} FROM batches WHERE account_id = :account AND NOT is_deleted";

    /// <summary>The id of the seeded batch number <c>:n</c>. It finds no row if the batch is one of the few deleted ones.</summary>
    private const string Id = "lpad(to_hex(1704067200 + :n::bigint * 5), 8, '0') || '5eed5eed5e' || lpad(to_hex(:n::bigint), 6, '0')";

    private const string List = "/api/v2/batches?limit=20";

    /// <summary>The operations of the benchmark; those that change the table come last.</summary>
    /// <param name="rows">The number of batches in the measured account.</param>
    public static IReadOnlyList<Operation> All(long rows)
    {
        var pick = string.Create(CultureInfo.InvariantCulture, $"\\set n random(0, {rows - 1})\n");
        return
        [
            new("G", "retrieve by id", "return wrk.format('GET', '/api/v2/batches/' .. ids[n % #ids + 1])",
                $"{pick}{ActiveBatches} AND id = {Id};"),
            Get("L", "first page of 20, no count", $"{List}&count=none", $"{ActiveBatches} ORDER BY created_at DESC, id DESC LIMIT 20;"),
            Get("LC", "the same, with a total", List,
                $"{ActiveBatches} ORDER BY created_at DESC, id DESC LIMIT 20;\n"
                + "SELECT count(*) FROM batches WHERE account_id = :account AND NOT is_deleted;"),
            Get("F", "one batchType by rating, page 3", $"{List}&count=none&fields=batchType:audit&sortBy=rating&page=3",
                $"{ActiveBatches} AND batch_type = 'audit' ORDER BY rating DESC NULLS LAST, id DESC LIMIT 20 OFFSET 40;"),
            .. new (string Letter, string Name, string Term)[]
                {
                    ("SF", "search, a term in 5 of 10", "customer"),
                    ("SP", "search, a phrase in 1 of 100", "customer success"),
                    ("SR", "search, a term in 1 of 5,000", SeedRows.RareTerm),
                }
                .Select(search => Get(search.Letter, search.Name,
                    $"{List}&count=none&q=%22{search.Term.Replace(" ", "%20", StringComparison.Ordinal)}%22",
                    $"{ActiveBatches} AND search_text LIKE '%{search.Term}%' ORDER BY created_at DESC, id DESC LIMIT 20;")),
            new("U", "PATCH one field",
                "return wrk.format('PATCH', '/api/v2/batches/' .. ids[n % #ids + 1], nil, "
                + "string.format('{\"dueDate\":\"2027-%02d-01T00:%02d:%02d.%06dZ\"}', "
                + "n % 12 + 1, seed / 60 % 60, seed % 60, n % 1000000))",
                $"{pick}UPDATE batches SET due_date = now(), updated_at = now(), version = version + 1 "
                + $"WHERE account_id = :account AND NOT is_deleted AND id = {Id} RETURNING {Columns};"),
            new("C", "create",
                "return wrk.format('POST', '/api/v2/batches', nil, string.format('{\"batchCode\":\"L-%d-%d\",\"batchType\":\"renewal\","
                + "\"manager\":\"manager%02d@example.com\","
                + "\"assignee\":\"user%03d@example.com\",\"summary\":\"Renewals of the first quarter\","
                + "\"notes\":\"Call before noon, and ask for the invoice.\","
                + "\"leadIds\":[\"63a5b84c53e1218321c55001\",\"63a5b84c53e1218321c55002\"],\"rating\":%d}', "
                + "seed, n, n % 40, n % 200, n % 6))",
                $$"""
                \set n random(0, 200)
                INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, summary, notes,
                lead_ids, opportunity_ids, rating, created_at, updated_at, version, repeated)
                VALUES (:account, left(md5(random()::text), 24), 'P-' || random() || random(), 'renewal',
                'manager' || :n::int % 40 || '@example.com', 'user' || :n::int || '@example.com',
                'Renewals of the first quarter', 'Call before noon, and ask for the invoice.',
                '{63a5b84c53e1218321c55001,63a5b84c53e1218321c55002}', '{}', :n::int % 6, now(), now(), 1, FALSE)
                RETURNING {{Columns}};
                """),
        ];
    }

    /// <summary>The wrk script.</summary>
    /// <param name="key">The API key to send.</param>
    /// <param name="ids">Ids of active batches.</param>
    /// <param name="seed">A number unique to this run.</param>
    public string Script(string key, IEnumerable<string> ids, int seed) =>
        $$"""
        wrk.headers['Authorization'] = 'Bearer {{key}}'
        wrk.headers['Content-Type'] = 'application/json'
        local ids = { {{string.Join(',', ids.Select(id => $"'{id}'"))}} }
        local seed, n = {{seed.ToString(CultureInfo.InvariantCulture)}}, 0
        function request()
            n = n + 1
            {{Lua}}
        end
        """;

    private static Operation Get(string letter, string name, string target, string sql) =>
        new(letter, name, $"return wrk.format('GET', '{target}')", sql);
}
