using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Makes EF Core's writes fail if no synchronous standby confirmed them, as <see cref="ReplicationWatch"/> does for other
/// writes.</summary>
internal sealed class ReplicationInterceptor : DbCommandInterceptor, IDbConnectionInterceptor, ISaveChangesInterceptor
{
    private readonly ConditionalWeakTable<DbConnection, ReplicationWatch> _watches = [];

    /// <inheritdoc/>
    public Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        _watches.GetValue(connection, static connection => new ReplicationWatch((NpgsqlConnection)connection));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        ThrowIfUnconfirmed(eventData.Context!.Database.GetDbConnection());
        return ValueTask.FromResult(result);
    }

    /// <inheritdoc/>
    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        ThrowIfUnconfirmed(command.Connection!);
        return ValueTask.FromResult(result);
    }

    private void ThrowIfUnconfirmed(DbConnection connection)
    {
        if (_watches.TryGetValue(connection, out var watch))
            watch.ThrowIfUnconfirmed();
    }
}
