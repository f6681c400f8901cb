using System.Globalization;
using BatchesApi.Batches;

namespace BatchesApi.Load;

/// <summary>An operation of the benchmark: a request to the server, the same to the hand-written contestants, and a statement.</summary>
/// <param name="Letter">The short name.</param>
/// <param name="Name">The description.</param>
/// <param name="Sql">The statement as a pgbench script; <c>:account</c> is the account.</param>
internal sealed record Operation(string Letter, string Name, string Sql)
{
    private const string Path = BatchRoutes.Path;

    private const string Columns =
        "id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, "
        + "created_at, updated_at, version";

    private const string IsActive = "account_id = :account AND NOT is_deleted";
    private const string ActiveBatches = $"SELECT {Columns} FROM batches WHERE {IsActive}";
    private const string NewestFirst = "ORDER BY created_at DESC, id DESC LIMIT 20";

    /// <summary>The id of the seeded batch number <c>:n</c>. It finds no row if the batch is one of the few deleted ones.</summary>
    private const string Id = "lpad(to_hex(1704067200 + :n::bigint * 5), 8, '0') || '5eed5eed5e' || lpad(to_hex(:n::bigint), 6, '0')";

    private const string OneOfTheIds = $"'{Path}/' .. ids[n % #ids + 1] .. query";

    private const string PatchDueDate =
        $"'PATCH', {OneOfTheIds}, nil, string.format('{{\"dueDate\":\"2027-%02d-01T00:%02d:%02d.%06dZ\"}}', "
        + "n % 12 + 1, seed / 60 % 60, seed % 60, n % 1000000)";

    /// <summary>The path and query of a list for the server; null if the operation is not a list.</summary>
    public string? Target { get; private init; }

    /// <summary>The path and query of the same list for the ceiling and the peers.</summary>
    public string? PlainTarget { get; private init; }

    /// <summary>The wrk arguments of the next request if the operation is not a list; <c>n</c> counts the requests, <c>ids</c> are ids
    /// of active batches, <c>seed</c> is unique to the run, <c>query</c> is <see cref="PlainQuery"/>.</summary>
    private string? Lua { get; init; }

    /// <summary>The query of the requests to the ceiling and the peers if the operation is not a list.</summary>
    private string PlainQuery { get; init; } = "";

    /// <summary>Whether the operation changes the table.</summary>
    public bool IsWrite { get; private init; }

    /// <summary>The operations of the benchmark; those that change the table come last.</summary>
    /// <param name="rows">The number of batches in the measured account.</param>
    public static IReadOnlyList<Operation> All(long rows)
    {
        var pick = string.Create(CultureInfo.InvariantCulture, $"\\set n random(0, {rows - 1})\n");
        return
        [
            new("G", "retrieve by id", $"{pick}{ActiveBatches} AND id = {Id};") { Lua = $"'GET', {OneOfTheIds}" },
            List("L", "first page of 20, no count", "count=none", "", $"{ActiveBatches} {NewestFirst};"),
            List("LC", "the same, with a total", "", "count=true",
                $"{ActiveBatches} {NewestFirst};\nSELECT count(*) FROM batches WHERE {IsActive};"),
            List("F", "one batchType by rating, page 3",
                "count=none&fields=batchType:audit&sortBy=rating&page=3", "type=audit&page=3",
                $"{ActiveBatches} AND batch_type = 'audit' AND rating IS NOT NULL ORDER BY rating DESC, id DESC LIMIT 20 OFFSET 40;"),
            Search("SF", "search, a term in 7 of 10", SeedRows.FrequentTerm),
            Search("SN", "search, a term in 5 of 10 that the newest lack", SeedRows.OldTerm),
            Search("SP", "search, a phrase in 1 of 100", $"{SeedRows.FrequentTerm} success"),
            Search("SR", "search, a term in 1 of 5,000", SeedRows.RareTerm, isRare: true),
            new("U", "PATCH dueDate", $"{pick}{Update("due_date = now()", Columns)};") { Lua = PatchDueDate, IsWrite = true },
            new("UH", "the same, all with a history",
                $"""
                {pick}WITH found AS (SELECT due_date FROM batches WHERE {IsActive} AND id = {Id} FOR UPDATE),
                changed AS (
                UPDATE batches AS b SET due_date = now(), updated_at = now(), version = b.version + 1 FROM found
                WHERE b.account_id = :account AND NOT b.is_deleted AND b.id = {Id} RETURNING b.*),
                recorded AS (
                INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
                SELECT c.account_id, c.id, c.version, c.updated_at, 'update', 'key', '', '',
                jsonb_build_object('dueDate', jsonb_build_array(f.due_date, c.due_date)) FROM changed AS c, found AS f)
                SELECT {Columns} FROM changed;
                """)
            {
                Lua = PatchDueDate,
                PlainQuery = "?history=true",
                IsWrite = true,
            },
            new("UA", "PATCH assignee",
                $"{pick}\\set a random(0, 199)\nWITH changed AS ("
                + Update("assignee = 'user' || lpad(:a::text, 3, '0') || '@example.com'", "*")
                + "), searched AS (UPDATE batch_search AS s SET text = c.search_short FROM changed AS c "
                + $"WHERE s.account_id = c.account_id AND s.batch_id = c.id AND s.part = 1) SELECT {Columns} FROM changed;")
            {
                // A batch gets another assignee each time.
                Lua = $"'PATCH', {OneOfTheIds}, nil, string.format('{{\"assignee\":\"user%03d@example.com\"}}', "
                    + "(n + math.floor(n / #ids) + seed * 7) % 200)",
                IsWrite = true,
            },
            new("C", "create",
                $$"""
                \set n random(0, 199)
                WITH added AS (
                INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, summary, notes,
                lead_ids, opportunity_ids, rating, created_at, updated_at, version, repeated)
                VALUES (:account, left(md5(random()::text), 24), 'P-' || random() || random(), 'renewal',
                'manager' || lpad((:n::int % 40)::text, 2, '0') || '@example.com',
                'user' || lpad(:n::text, 3, '0') || '@example.com',
                'Renewals of the first quarter', 'Call before noon, and ask for the invoice.',
                '{63a5b84c53e1218321c55001,63a5b84c53e1218321c55002}', '{}', :n::int % 6, now(), now(), 1, FALSE)
                RETURNING *),
                searched AS (
                INSERT INTO batch_search (account_id, batch_id, part, text, lead_ids, opportunity_ids)
                SELECT account_id, id, 1, search_short, NULL, NULL FROM added
                UNION ALL SELECT account_id, id, 2, search_long, lead_ids, opportunity_ids FROM added)
                SELECT {{Columns}} FROM added;
                """)
            {
                Lua = $"'POST', '{Path}', nil, string.format('{{\"batchCode\":\"L-%d-%d\",\"batchType\":\"renewal\","
                    + "\"manager\":\"manager%02d@example.com\","
                    + "\"assignee\":\"user%03d@example.com\",\"summary\":\"Renewals of the first quarter\","
                    + "\"notes\":\"Call before noon, and ask for the invoice.\","
                    + "\"leadIds\":[\"63a5b84c53e1218321c55001\",\"63a5b84c53e1218321c55002\"],\"rating\":%d}', "
                    + "seed, n, n % 40, n % 200, n % 6)",
                IsWrite = true,
            },
        ];
    }

    /// <summary>The wrk script.</summary>
    /// <param name="contestant">The contestant that gets the requests.</param>
    /// <param name="key">The bearer token.</param>
    /// <param name="ids">Ids of active batches.</param>
    /// <param name="seed">A number unique to this run.</param>
    public string Script(ContestantProgram contestant, string key, IEnumerable<string> ids, int seed) =>
        $$"""
        wrk.headers['Authorization'] = 'Bearer {{key}}'
        wrk.headers['Content-Type'] = 'application/json'
        local ids = { {{string.Join(',', ids.Select(id => $"'{id}'"))}} }
        local seed, n, query = {{seed.ToString(CultureInfo.InvariantCulture)}}, 0, '{{(contestant.IsServer ? "" : PlainQuery)}}'
        function request()
            n = n + 1
            return wrk.format({{Lua ?? $"'GET', '{GetTarget(contestant)}'"}})
        end
        """;

    /// <summary>The path and query of a list for a contestant.</summary>
    public string? GetTarget(ContestantProgram contestant) => contestant.IsServer ? Target : PlainTarget;

    /// <summary>The statement without the commands of pgbench.</summary>
    /// <param name="account">The value of <c>:account</c>.</param>
    public string GetQuery(int account)
    {
        var lines = Sql.Split('\n').Where(line => !line.StartsWith('\\'));
        return string.Join('\n', lines).Split(";\n")[0]
            .Replace(":account", account.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static Operation List(string letter, string name, string query, string plainQuery, string sql) => new(letter, name, sql)
    {
        Target = $"{Path}?limit=20&{query}".TrimEnd('&'),
        PlainTarget = $"{Path}?{plainQuery}".TrimEnd('?'),
    };

    /// <summary>A search in text, in which a space is two. Several words are a phrase to the server only between quotes.</summary>
    private static Operation Search(string letter, string name, string term, bool isRare = false)
    {
        var pattern = $"'%{term.Replace(" ", "  ", StringComparison.Ordinal)}%'";
        var condition = isRare
            ? $"id IN (SELECT batch_id FROM batch_search WHERE account_id = :account AND text LIKE {pattern})"
            : $"(search_short LIKE {pattern} OR search_long LIKE {pattern})";
        var q = term.Contains(' ', StringComparison.Ordinal) ? $"\"{term}\"" : term;
        return List(
            letter, name, $"count=none&q={Uri.EscapeDataString(q)}",
            $"search={Uri.EscapeDataString(term)}{(isRare ? "&rare=true" : "")}",
            $"{ActiveBatches} AND {condition} {NewestFirst};");
    }

    private static string Update(string assignment, string returned) =>
        $"UPDATE batches SET {assignment}, updated_at = now(), version = version + 1 WHERE {IsActive} AND id = {Id} RETURNING {returned}";
}
