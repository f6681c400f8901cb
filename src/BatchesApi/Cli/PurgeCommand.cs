using System.CommandLine;
using BatchesApi.Cli.ImportExport;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Cli;

/// <summary>The verb <c>purge</c>.</summary>
internal static class PurgeCommand
{
    /// <summary>Batches that are removed in one transaction, so that none is long.</summary>
    private const int ChunkSize = 5_000;

    private const string Purge =
        $"""
        WITH gone AS (
            DELETE FROM batches AS b USING (
                SELECT account_id, id FROM batches WHERE is_deleted AND deleted_at < @before AND (@account = 0 OR account_id = @account) LIMIT @most) AS old
            WHERE b.account_id = old.account_id AND b.id = old.id AND b.is_deleted AND b.deleted_at < @before
            RETURNING b.account_id, b.id),
        forgotten AS (DELETE FROM {BatchChangeConfiguration.Table} AS h USING gone AS g WHERE h.account_id = g.account_id AND h.batch_id = g.id)
        SELECT count(*) FROM gone
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var olderThan = new Option<TimeSpan?>("--older-than")
        {
            Description = "How long ago they were deleted at least, such as 90d (units s m h d).",
            HelpName = "time",
            Required = true,
            CustomParser = CommonOptions.ParseDuration,
        };
        var account = new Option<string>("--account") { Description = "The account's name; all accounts without it.", HelpName = "name" };
        var verb = new Command(
            "purge",
            """
            Removes batches for good that were deleted long ago, and their history; they cannot be restored any more. Prints how many.

            Examples:
              BatchesApi purge --older-than 90d
              BatchesApi purge --older-than 90d --account acme
            """)
        { olderThan, account };
        verb.SetAction((parsed, cancellation) =>
        {
            var before = TimeProvider.System.GetUtcNowMicroseconds() - parsed.GetValue(olderThan)!.Value;
            return parsed.GetValue(account) is { } name
                ? CommandSession.WithAccountAsync(name, (session, owner) => RunAsync(session.Source, owner.Id, before, cancellation), cancellation)
                : CommandSession.WithMigratedAsync((_, source) => RunAsync(source, accountId: 0, before, cancellation), cancellation);
        });
        return verb;
    }

    private static async Task<int> RunAsync(NpgsqlDataSource source, int accountId, DateTime before, CancellationToken cancellation)
    {
        var count = await Progress.RunAsync("Purging", total: null, async progress =>
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            var replication = new ReplicationWatch(connection);
            var total = 0L;
            while (true)
            {
                await using var command = new NpgsqlCommand(Purge, connection);
                command.CommandTimeout = 0;
                command.Parameters.AddWithValue("before", before);
                command.Parameters.AddWithValue("account", accountId);
                command.Parameters.AddWithValue("most", ChunkSize);
                var removed = (long)(await command.ExecuteScalarAsync(cancellation))!;
                replication.ThrowIfUnconfirmed();
                progress(total += removed);
                if (removed == 0)
                    return total;
            }
        });
        Console.WriteLine(count);
        return 0;
    }
}
