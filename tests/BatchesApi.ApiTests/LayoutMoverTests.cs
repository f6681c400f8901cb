using BatchesApi.Hosting;
using BatchesApi.Storage;
using BatchesApi.Storage.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>The migration of a database of version 0.1.0, whose tables are replaced.</summary>
public sealed class LayoutMoverTests(ApiServer given)
{
    /// <summary>The last migration of version 0.1.0.</summary>
    private const string OldMigration = "20261124110101_SafeWrites";

    private const int Rows = 25_000;

    private const string Fill =
        """
        INSERT INTO accounts (name, created_at) SELECT 'a' || i, now() FROM generate_series(1, 3) AS i;
        INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids,
            opportunity_ids, rating, created_at, updated_at, deleted_at, version)
        SELECT 1 + i % 3, lpad(to_hex(i * 7919 % 16777213), 24, '0'), 'B-' || i, 'type' || i % 5, NULLIF('maria' || i % 7, 'maria0'),
            NULLIF('Ämy' || i % 9, 'Ämy0'), CASE WHEN i % 4 > 0 THEN now() - i * interval '1 hour' END, i % 10 = 0,
            CASE WHEN i % 3 > 0 THEN 'summary ' || i END, CASE WHEN i % 5 > 0 THEN '東京支店 ' || repeat('note ', i % 50) END,
            ARRAY['lead' || i, 'lead' || i + 1], CASE WHEN i % 2 = 0 THEN ARRAY['opportunity' || i] ELSE '{}' END, NULLIF(i % 7, 6),
            now() - i * interval '1 minute', now(), CASE WHEN i % 50 = 0 THEN now() END, 1 + i % 3
        FROM generate_series(1, 25000) AS i;
        INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
        SELECT b.account_id, b.id, v, now() - v * interval '20 days', 'update', 'key', 'k', 'name', '{"rating": [1, 2]}'
        FROM batches AS b, generate_series(1, b.version) AS v;
        INSERT INTO api_keys (id, account_id, name, prefix, hash, scope, created_at) VALUES ('k', 2, 'k', 'icr', 'x', 'write', now());
        INSERT INTO idempotency_keys (credential_id, key, request_hash, created_at) VALUES ('k', 'key', 'x', now());
        """;

    private const string BatchColumns =
        "account_id, id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, "
        + "created_at, updated_at, deleted_at, version, is_deleted";

    private const string ChangeColumns = "account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_old_database_is_moved_in_pieces_while_it_can_be_read()
    {
        await using var database = await Database.CreateAsync(given);
        await database.MigrateToAsync(OldMigration);
        await database.ExecuteAsync(Fill);
        var batches = await database.DigestAsync(BatchColumns, "batches");
        var changes = await database.DigestAsync(ChangeColumns, "batch_changes");

        await database.MigrateToAsync(LayoutMover.Migration);
        foreach (var write in (string[])
            [
                "UPDATE batches SET rating = 1", "DELETE FROM batches", "TRUNCATE batches",
                "INSERT INTO batch_changes SELECT * FROM batch_changes",
                "UPDATE batch_changes SET version = 1", "DELETE FROM idempotency_keys",
            ])
        {
            var exception = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(write));
            Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, exception.SqlState);
        }

        // An interrupted run has moved one piece, and another server is migrating too.
        Assert.Equal(10_000L, await database.ReadAsync(LayoutSql.MoveBatches));
        await Assert.ThrowsAsync<PostgresException>(() => database.MigrateToAsync(LayoutMover.NextMigration));
        Assert.Equal(batches, await database.DigestAsync(BatchColumns, "batches"));
        var lines = new List<string>();
        await Task.WhenAll(
            LayoutMover.MoveAsync(database.Source, _ => { }, Cancellation),
            LayoutMover.MoveAsync(database.Source, lines.Add, Cancellation));
        Assert.Equal(batches, await database.DigestAsync(BatchColumns, "batches"));

        Assert.Equal(5, await database.MigrateAsync());
        Assert.Equal(0, await database.MigrateAsync());
        Assert.Equal(batches, await database.DigestAsync(BatchColumns, "batches"));
        Assert.Equal(changes, await database.DigestAsync(ChangeColumns, "batch_changes"));
        Assert.Equal(2, await database.ReadAsync("SELECT account_id FROM idempotency_keys"));
        Assert.Equal(0L, await database.ReadAsync("SELECT count(*) FROM ONLY batch_changes_default"));
        Assert.Equal(0L, await database.ReadAsync("SELECT count(*) FROM batch_changes WHERE position <> 0"));
        Assert.Equal(2L * Rows, await database.ReadAsync(
            """
            SELECT count(*) FROM batches AS b JOIN batch_search AS s ON s.account_id = b.account_id AND s.batch_id = b.id
            WHERE s.part = 1 AND s.text = b.search_short AND s.lead_ids IS NULL AND s.opportunity_ids IS NULL
            OR s.part = 2 AND s.text = b.search_long AND s.lead_ids = b.lead_ids AND s.opportunity_ids = b.opportunity_ids
            """));
        Assert.Equal(Rows / 5 * 4L, await database.ReadAsync(
            "SELECT count(DISTINCT batch_id) FROM batch_search WHERE text LIKE search_like_pattern('京支')"));
    }

    [Fact]
    public async Task Privileges_on_the_batches_are_granted_on_their_leases()
    {
        await using var database = await Database.CreateAsync(given);
        await database.MigrateToAsync(LayoutMover.Migration);
        await LayoutMover.MoveAsync(database.Source, _ => { }, Cancellation);
        await database.MigrateToAsync(LayoutMover.NextMigration);
        var role = $"leases_{Guid.NewGuid():N}";
        await database.ExecuteAsync($"CREATE ROLE {role}; GRANT SELECT, INSERT ON batches TO {role}");
        try
        {
            await database.MigrateAsync();
            Assert.Equal("INSERT SELECT", await database.ReadAsync(
                $"""
                SELECT string_agg(p, ' ' ORDER BY p) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p
                WHERE has_table_privilege('{role}', 'batch_leases', p)
                """));
        }
        finally
        {
            await database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task The_migrated_tables_are_those_of_the_model()
    {
        await using var migrated = await Database.CreateAsync(given);
        await migrated.MigrateAsync();
        await using var created = await Database.CreateAsync(given);
        await created.ExecuteAsync(SearchSql.Normalize);
        await created.ExecuteAsync(SearchSql.Substring);
        await created.ExecuteAsync(SearchSql.LikePattern);
        await created.ExecuteAsync(BatchesApi.Storage.Migrations.Changes.CreateIdentity);
        await created.CreateFromModelAsync();

        // The history is partitioned, which EF Core does not know.
        const string Describe =
            """
            SELECT string_agg(d.line, E'\n' ORDER BY d.line COLLATE "C") FROM (
                SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '^(batch_changes|schema_)'
                UNION ALL SELECT concat_ws(
                    ' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname,
                    pg_get_expr(e.adbin, e.adrelid))
                FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
                LEFT JOIN pg_attrdef AS e ON e.adrelid = c.oid AND e.adnum = a.attnum
                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(batch_changes_|schema_)'
            ) AS d (line)
            """;
        Assert.Equal(await created.ReadAsync(Describe), await migrated.ReadAsync(Describe));
    }

    private sealed class Database : IAsyncDisposable
    {
        private readonly ApiServer _given;
        private readonly string _connectionString;
        private readonly ServiceProvider _services;

        private Database(ApiServer given, string connectionString)
        {
            (_given, _connectionString) = (given, connectionString);
            _services = new ServiceCollection().AddCommandDatabase(connectionString).BuildServiceProvider();
        }

        public NpgsqlDataSource Source => _services.GetRequiredService<NpgsqlDataSource>();

        public static async Task<Database> CreateAsync(ApiServer given) => new(given, await given.Postgres.CreateDatabaseAsync());

        public async Task MigrateToAsync(string migration)
        {
            await using var db = await CreateContextAsync();
            await db.Database.MigrateAsync(migration, Cancellation);
        }

        public async Task<int> MigrateAsync()
        {
            await using var db = await CreateContextAsync();
            return await MigrationService.MigrateAsync(db, Source, _ => { }, Cancellation);
        }

        public async Task CreateFromModelAsync()
        {
            await using var db = await CreateContextAsync();
            await ExecuteAsync(db.Database.GenerateCreateScript());
        }

        public async Task ExecuteAsync(string sql)
        {
            await using var connection = await Source.OpenConnectionAsync(Cancellation);
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        public async Task<object?> ReadAsync(string sql)
        {
            await using var command = Source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(Cancellation);
        }

        /// <summary>A digest of all rows of a table.</summary>
        public Task<object?> DigestAsync(string columns, string table) => ReadAsync(
            $"SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text COLLATE \"C\")) FROM (SELECT {columns} FROM {table}) AS r");

        public async ValueTask DisposeAsync()
        {
            await _services.DisposeAsync();
            await _given.Postgres.DropDatabaseAsync(_connectionString);
        }

        private Task<BatchesContext> CreateContextAsync() =>
            _services.GetRequiredService<IDbContextFactory<BatchesContext>>().CreateDbContextAsync(Cancellation);
    }
}
