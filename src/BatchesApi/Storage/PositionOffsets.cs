using System.Globalization;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Keeps the positions of changes ascending when the database is restored from a dump, maybe into another cluster of PostgreSQL,
/// which counts transactions again from the beginning. It also distinguishes the positions before the restore from those after it
/// (<c>docs/decisions/0016-order-of-changes.md</c>).</summary>
internal static class PositionOffsets
{
    /// <summary>The number by which the offset grows: more than the transactions of a cluster in its life.</summary>
    public const long Step = 1L << 44;

    private const string IsRestored = "SELECT EXISTS (SELECT FROM accounts AS a WHERE a.database_identity <> database_identity())";

    private static readonly string Adjust = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        UPDATE accounts AS a SET position_offset = a.position_offset + {Step}, database_identity = database_identity()
        WHERE a.database_identity <> database_identity()
        """);

    /// <summary>Checks whether the database was restored, and adjusts it. Must run before anything is written.</summary>
    /// <exception cref="NpgsqlException">The database is unavailable, or the role may not change accounts.</exception>
    public static async Task AdjustAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var find = source.CreateCommand(IsRestored);
        if (await find.ExecuteScalarAsync(cancellation) is not true)
            return;
        await using var adjust = source.CreateCommand(Adjust);
        await adjust.ExecuteNonQueryAsync(cancellation);
    }
}
