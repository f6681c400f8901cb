using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>Brings the database up to date when the server starts: at once where it is there, else as soon as it comes. Several servers
/// may start together; EF Core's lock lets one of them migrate. Afterwards it looks now and then whether a newer version has migrated it further.</summary>
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
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How often to look whether the database has become newer.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    /// <summary>The LC_CTYPE of a database that takes nothing but ASCII for letters, which pg_trgm goes by; otherwise no row. Asked of pg_trgm itself, since which
    /// setting it goes by depends on the version of PostgreSQL.</summary>
    private const string FindAsciiOnlyLocale =
        "SELECT datctype FROM pg_database WHERE datname = current_database() AND cardinality(show_trgm(chr(1078))) = 0";

    private bool _done;
    private bool _isChecked;
    private string? _reason;
    private string? _againstWrites;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _done = await TryMigrateAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Applies the migrations that are missing.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="NpgsqlException">The database is unavailable, or does not allow it.</exception>
    /// <exception cref="StartupException">The database can never be used.</exception>
    public static async Task<int> MigrateAsync(BatchesContext db, CancellationToken cancellation)
    {
        // Opened first: where the database does not exist, EF Core would make one, and a typing error would look like lost data.
        await db.Database.OpenConnectionAsync(cancellation);
        var encoding = await db.Database.SqlQueryRaw<string>("SELECT current_setting('server_encoding') AS \"Value\"").SingleAsync(cancellation);
        if (encoding != "UTF8")
            throw new StartupException($"The database has the encoding {encoding}, which cannot store every text. Create one with ENCODING 'UTF8'.");

        var pending = (await db.Database.GetPendingMigrationsAsync(cancellation)).Count();
        if (pending == 0)
            return 0;
        db.Database.SetCommandTimeout(TimeSpan.FromHours(1));
        await db.Database.MigrateAsync(cancellation);
        return pending;
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!_done)
            {
                await Task.Delay(Pause, Time, stoppingToken);
                _done = await TryMigrateAsync(stoppingToken);
            }
        }
        catch (StartupException exception)
        {
            // The database came only now, and waiting cannot make it usable.
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
        }
        catch (NpgsqlException)
        {
            // Requests are told so as well, and DatabaseWatch logs it. What was found last still holds.
        }
    }

    private void Allow(SchemaVersion version)
    {
        var reason = version.ReasonAgainstWrites(options);
        state.Allow(reason);
        if (reason is not null && reason != _againstWrites)
            IsNewer(Log, reason);
        _againstWrites = reason;
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
                var applied = await MigrateAsync(db, cancellation);
                if (applied > 0)
                    Migrated(Log, applied);
            }
            Allow(version);
            await using var command = source.CreateCommand(FindAsciiOnlyLocale);
            if (await command.ExecuteScalarAsync(cancellation) is string locale)
                AsciiOnlyLocale(Log, locale);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or { InnerException: NpgsqlException })
        {
            hosts.Reset(connections: false);

            // Also where another server came first in making the table that the lock itself needs.
            if (_reason != exception.Message)
                DatabaseUnavailable(Log, _reason = exception.Message);
            return false;
        }
    }

    private void Refuse(string reason)
    {
        state.Refuse(reason);
        if (_reason != reason)
            Unusable(Log, _reason = reason);
    }

    [LoggerMessage(1, LogLevel.Information, "Applied {Count} migrations.")]
    private static partial void Migrated(ILogger log, int count);

    [LoggerMessage(2, LogLevel.Warning, "The database cannot be brought up to date yet: {Reason}. Trying again every second.")]
    private static partial void DatabaseUnavailable(ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Error, "The server is not ready: {Reason} Checking again every second.")]
    private static partial void Unusable(ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Error, "The server is not ready: {Reason}")]
    private static partial void IsNewer(ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Critical, "The server stops: {Reason}")]
    private static partial void CannotUse(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The database, whose LC_CTYPE is {Locale}, knows no letters beyond ASCII: a search for text in another script than Latin "
        + "goes through all batches instead of an index. A database made with LC_CTYPE 'C.UTF-8' knows them.")]
    private static partial void AsciiOnlyLocale(ILogger log, string locale);
}
