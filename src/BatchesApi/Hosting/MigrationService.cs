using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>Migrates the database at startup, or as soon as it becomes available. If several servers start together, EF Core's lock lets
/// one of them migrate. Afterwards it checks regularly whether a newer version has migrated the database further.</summary>
internal sealed partial class MigrationService(
    NpgsqlDataSource source,
    IDbContextFactory<BatchesContext> contexts,
    HostStates hosts,
    DatabaseCheck check,
    DatabaseOptions options,
    DatabaseState state,
    GracefulShutdown shutdown,
    TimeProvider clock,
    ILogger<MigrationService> log) : RestartingService(clock, log)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long the start waits for a migration. A longer one continues while the server reports that it is not ready.</summary>
    private static readonly TimeSpan StartWait = TimeSpan.FromSeconds(20);

    /// <summary>How often to check for migrations by a newer version.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    /// <summary>Returns LC_CTYPE if pg_trgm recognizes only ASCII letters, otherwise no row. It tests pg_trgm itself, because the setting
    /// that pg_trgm uses depends on the version of PostgreSQL.</summary>
    private const string FindAsciiOnlyLocale =
        "SELECT datctype FROM pg_database WHERE datname = current_database() AND cardinality(show_trgm(chr(1078))) = 0";

    private readonly CancellationTokenSource _stop = new();

    /// <summary>The first attempt, until its result is known.</summary>
    private Task<bool>? _first;

    private bool _isMigrated;
    private bool _isChecked;
    private string? _loggedReason;
    private string? _loggedReasonAgainstWrites;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _first = TryMigrateAsync(_stop.Token);
        if (await Task.WhenAny(_first, Task.Delay(StartWait, Time, cancellationToken)) == _first)
            _isMigrated = await _first;
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Applies the pending migrations.</summary>
    /// <param name="db">The database.</param>
    /// <param name="source">The same database.</param>
    /// <param name="progress">Receives lines for the log.</param>
    /// <param name="cancellation">Cancels the work; the next run continues it.</param>
    /// <returns>The number of applied migrations.</returns>
    /// <exception cref="NpgsqlException">The database is unavailable, or its role may not migrate it.</exception>
    /// <exception cref="StartupException">The server cannot use this database.</exception>
    public static async Task<int> MigrateAsync(
        BatchesContext db, NpgsqlDataSource source, Action<string> progress, CancellationToken cancellation)
    {
        // Fails if the database does not exist. EF Core would create one, and a misspelled name would look like lost data.
        await db.Database.OpenConnectionAsync(cancellation);
        var encoding = await db.Database.SqlQueryRaw<string>("SELECT current_setting('server_encoding') AS \"Value\"")
            .SingleAsync(cancellation);
        if (encoding != "UTF8")
        {
            throw new StartupException(
                $"The database has the encoding {encoding}, which cannot store all text. Create a database with ENCODING 'UTF8'.");
        }

        var pending = (await db.Database.GetPendingMigrationsAsync(cancellation)).ToList();
        if (pending.Count == 0)
            return 0;
        db.Database.SetCommandTimeout(TimeSpan.FromHours(1));
        if (pending.Contains(LayoutMover.Migration))
            await db.Database.MigrateAsync(LayoutMover.Migration, cancellation);
        if (pending.Contains(LayoutMover.NextMigration))
            await LayoutMover.MoveAsync(source, progress, cancellation);
        await db.Database.MigrateAsync(cancellation);
        return pending.Count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await using var stop = stoppingToken.Register(_stop.Cancel);
        try
        {
            if (Interlocked.Exchange(ref _first, null) is { } first)
                _isMigrated = await first;
            while (!_isMigrated)
            {
                await Task.Delay(RetryInterval, Time, stoppingToken);
                _isMigrated = await TryMigrateAsync(stoppingToken);
            }
        }
        catch (StartupException exception)
        {
            // The database became available only now, and waiting cannot make it usable.
            CannotUse(Log, exception.Message);
            shutdown.Fail();
            return;
        }
        while (true)
        {
            await Task.Delay(CheckInterval, Time, stoppingToken);
            await CheckAsync(stoppingToken);
        }
    }

    private async Task CheckAsync(CancellationToken cancellation)
    {
        try
        {
            Allow(await SchemaVersionReader.ReadAsync(source, cancellation));
            await PositionOffsets.AdjustAsync(source, cancellation);
        }
        catch (NpgsqlException)
        {
            // Requests fail too, and ConnectionMonitor logs it. The last result stays valid.
        }
    }

    private void Allow(SchemaVersion version)
    {
        var reason = version.ReasonAgainstWrites(options);
        state.Allow(reason);
        if (reason is not null && reason != _loggedReasonAgainstWrites)
            IsNewer(Log, reason);
        _loggedReasonAgainstWrites = reason;
    }

    private async Task<bool> TryMigrateAsync(CancellationToken cancellation)
    {
        try
        {
            if (!_isChecked && await check.FindProblemAsync(cancellation) is { } problem)
            {
                Refuse(problem);
                return false;
            }
            _isChecked = true;
            var version = await SchemaVersionReader.ReadAsync(source, cancellation);
            if (!version.IsUpToDate)
            {
                state.Refuse("The database is being brought up to date. Wait a moment.");
                await using var db = await contexts.CreateDbContextAsync(cancellation);
                var applied = await MigrateAsync(db, source, line => Moving(Log, line), cancellation);
                if (applied > 0)
                    Migrated(Log, applied);
            }
            await PositionOffsets.AdjustAsync(source, cancellation);
            Allow(version);
            await using var command = source.CreateCommand(FindAsciiOnlyLocale);
            if (await command.ExecuteScalarAsync(cancellation) is string locale)
                AsciiOnlyLocale(Log, locale);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or { InnerException: NpgsqlException })
        {
            hosts.Reset(connections: false);

            // This also happens if another server creates the table of EF Core's lock at the same time.
            if (_loggedReason != exception.Message)
                DatabaseUnavailable(Log, _loggedReason = exception.Message);
            return false;
        }
    }

    private void Refuse(string reason)
    {
        state.Refuse(reason);
        if (_loggedReason != reason)
            Unusable(Log, _loggedReason = reason);
    }

    [LoggerMessage(1, LogLevel.Information, "Applied {Count} migrations.")]
    private static partial void Migrated(ILogger log, int count);

    [LoggerMessage(7, LogLevel.Information, "{Progress}")]
    private static partial void Moving(ILogger log, string progress);

    [LoggerMessage(2, LogLevel.Warning, "Cannot migrate the database yet: {Reason}. Retrying every second.")]
    private static partial void DatabaseUnavailable(ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Error, "The server is not ready: {Reason} Checking again every second.")]
    private static partial void Unusable(ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Error, "The server is not ready: {Reason}")]
    private static partial void IsNewer(ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Critical, "The server stops: {Reason}")]
    private static partial void CannotUse(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Warning, "LC_CTYPE '{Locale}' is ASCII-only: searches in non-Latin scripts cannot use the trigram index "
        + "and scan all batches. Use a database with LC_CTYPE 'C.UTF-8'.")]
    private static partial void AsciiOnlyLocale(ILogger log, string locale);
}
