using System.Globalization;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Keeps the positions of changes ascending when the database is moved to another cluster of PostgreSQL, for example restored from
/// a dump: it counts transactions again from the beginning. It also distinguishes the positions before the move from those after it
/// (<c>docs/decisions/0016-order-of-changes.md</c>).</summary>
internal static class PositionOffsets
{
    /// <summary>The number by which the offset grows: more than the transactions of a cluster in its life.</summary>
    public const long Step = 1L << 44;

    private const string IsMoved =
        "SELECT EXISTS (SELECT FROM accounts AS a, pg_control_system() AS c WHERE a.cluster <> c.system_identifier)";

    private static readonly string Move = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        UPDATE accounts AS a SET position_offset = a.position_offset + {Step}, cluster = c.system_identifier
        FROM pg_control_system() AS c WHERE a.cluster <> c.system_identifier
        """);

    /// <summary>Checks whether the database was moved, and adjusts it. Must run before anything is written.</summary>
    /// <exception cref="NpgsqlException">The database is unavailable, or the role may not change accounts.</exception>
    public static async Task AdjustAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var find = source.CreateCommand(IsMoved);
        if (await find.ExecuteScalarAsync(cancellation) is not true)
            return;
        await using var move = source.CreateCommand(Move);
        await move.ExecuteNonQueryAsync(cancellation);
    }
}
