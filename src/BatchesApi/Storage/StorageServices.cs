using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>How the process reaches PostgreSQL: one data source, and contexts pooled over it.</summary>
internal static class StorageServices
{
    /// <summary>Maximum number of connections of requests for batches, unless the connection string says otherwise. With those of the rest it is below PostgreSQL's
    /// own default for all its clients, 97.</summary>
    public const int DefaultPoolSize = 80;

    /// <summary>Maximum number of connections for all else: key look-ups, sign-ins, health checks and background services.</summary>
    private const int ControlPoolSize = 8;

    /// <summary>Seconds to open a connection for a sign-in, which waits for it. For others it is Npgsql's 15: requests have a limit of their own.</summary>
    private const int ControlOpenTimeoutSeconds = 5;

    /// <summary>Adds the database for a command.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">An Npgsql connection string; what it sets wins over the defaults below.</param>
    /// <param name="options">How to use the database; null for the defaults.</param>
    public static IServiceCollection AddCommandDatabase(this IServiceCollection services, string connectionString, DatabaseOptions? options = null)
    {
        options ??= new DatabaseOptions();
        return services.AddDatabase(connectionString, options, patient: true, () => CreateSource(connectionString, options, patient: true));
    }

    /// <summary>Adds the database for the server, with readers and writers: a connection pool for requests for batches, and a small one for everything else.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">An Npgsql connection string. It overrides the defaults below.</param>
    /// <param name="options">The options.</param>
    public static IServiceCollection AddStorage(this IServiceCollection services, string connectionString, StorageOptions options)
    {
        var requests = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = options.Connections.PoolSize };
        var control = new NpgsqlConnectionStringBuilder(connectionString) { MinPoolSize = 0, MaxPoolSize = ControlPoolSize };
        if (!control.ShouldSerialize("Timeout"))
            control.Timeout = ControlOpenTimeoutSeconds;
        return services
            .AddDatabase(connectionString, options.Database, patient: false, () => CreateSource(control.ConnectionString, options.Database, patient: false))
            .AddSingleton<SchemaProbe>()
            .AddSingleton(_ => new DatabaseConnections(CreateSource(requests.ConnectionString, options.Database, patient: false), options.Connections))
            .AddSingleton(options.Lists)
            .AddSingleton(options.History)
            .AddSingleton<BatchFilterSqlCache>()
            .AddSingleton<ListStatisticsCache>()
            .AddSingleton(provider => new ScanLimiter(
                options.Scans, provider.GetRequiredService<ListStatisticsCache>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<BatchReader>()
            .AddSingleton<HistoryReader>()
            .AddSingleton<BatchWriter>()
            .AddHostedService<ConnectionMonitor>()
            .AddHostedService<RetentionService>();
    }

    private static IServiceCollection AddDatabase(
        this IServiceCollection services, string connectionString, DatabaseOptions options, bool patient, Func<NpgsqlDataSource> create)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(options)
            .AddSingleton<DatabaseState>()
            .AddSingleton(new DatabaseCheck(connectionString, options, patient))
            .AddSingleton(provider => new HostStates(
                [provider.GetRequiredService<NpgsqlDataSource>(), .. provider.GetServices<DatabaseConnections>().Select(connections => connections.Pool)],
                provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(_ => create())
            .AddPooledDbContextFactory<BatchesContext>((provider, options) => Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));
    }

    /// <summary>Sets the options of a context over that data source.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options
        .UseNpgsql(source, npgsql => npgsql.MigrationsHistoryTable(SchemaVersionReader.MigrationsTable))
        .UseSnakeCaseNamingConvention()
        .AddInterceptors(Replication);

    private static readonly ReplicationInterceptor Replication = new();

    /// <summary>Has PostgreSQL plan a prepared statement once and for all: to plan it anew for each value takes longer than most take to run. Statements
    /// whose best plan depends on the values say so themselves. And has it compile none: what seems expensive by a wrong estimate would take half a
    /// second to compile, and be run once. Strings are read by the standard, as our functions in the database are written, and warnings are sent, of which <see cref="ReplicationWatch"/> depends on one, whatever the role's default.</summary>
    private const string PlanOnce = "SET plan_cache_mode = force_generic_plan; SET jit = off; SET standard_conforming_strings = on; SET client_min_messages = notice";

    private static void UsePlans(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(PlanOnce, connection);
        command.ExecuteNonQuery();
    }

    private static async Task UsePlansAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(PlanOnce, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Makes the data source.</summary>
    /// <exception cref="Exception">The keywords of the connection string do not go together.</exception>
    public static NpgsqlDataSource CreateSource(string connectionString, DatabaseOptions options, bool patient)
    {
        var source = new NpgsqlDataSourceBuilder(WithDefaults(connectionString, options, patient));

        // With a pooler in transaction mode, settings would stay behind for the next client of the session.
        if (options.Pooler == Pooler.None)
            source.UsePhysicalConnectionInitializer(UsePlans, UsePlansAsync);
        return source.Build();
    }

    /// <summary>The connection string with our defaults for what it does not set.</summary>
    public static string WithDefaults(string connectionString, DatabaseOptions options, bool patient)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        void Default(string keyword, object value)
        {
            if (!settings.ShouldSerialize(keyword))
                settings[keyword] = value;
        }

        Default("Application Name", "batches-api");
        Default("Maximum Pool Size", DefaultPoolSize);
        Default("Command Timeout", patient ? 60 : 5);
        Default("Cancellation Timeout", 500);

        // Statements are few and repeat, so that each connection keeps them parsed and planned. A pooler in transaction mode would send them to other sessions.
        Default("Max Auto Prepare", options.Pooler == Pooler.None ? 100 : 0);

        // Nothing changes the state of a connection for longer than a transaction.
        Default("No Reset On Close", true);

        // Of several hosts one is the primary. The hosts are not asked again after a fixed time, but when something goes wrong: see HostStates.
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true)
        {
            Default("Target Session Attributes", "primary");
            Default("Host Recheck Seconds", 3_600);
        }
        return settings.ConnectionString;
    }
}
