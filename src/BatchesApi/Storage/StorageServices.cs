using BatchesApi.Concurrency;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Replicas;
using BatchesApi.Storage.Webhooks;
using BatchesApi.Storage.Writes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Registers the database: data sources, and pooled contexts.</summary>
internal static class StorageServices
{
    /// <summary>The key of the connections of background services. They have a separate pool, so that a key look-up never waits for
    /// them.</summary>
    public const string Background = "background";

    /// <summary>Default maximum number of connections for requests for batches. Together with the other pools it is below PostgreSQL's
    /// default for all clients, 97.</summary>
    public const int DefaultPoolSize = 80;

    /// <summary>Maximum number of connections for key look-ups, sign-ins and health checks.</summary>
    private const int ControlPoolSize = 5;

    private const int BackgroundPoolSize = 5;

    /// <summary>Maximum time in seconds to open a connection of the control pool, for which sign-ins wait. For requests for batches it is
    /// Npgsql's 15, because they have their own limit.</summary>
    private const int ControlOpenTimeoutSeconds = 5;

    /// <summary>Adds the database for a command.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">An Npgsql connection string; its settings override the defaults below.</param>
    /// <param name="options">The database options; null for the defaults.</param>
    public static IServiceCollection AddCommandDatabase(
        this IServiceCollection services, string connectionString, DatabaseOptions? options = null)
    {
        options ??= new DatabaseOptions();
        return services.AddDatabase(connectionString, options, patient: true, () => CreateSource(connectionString, options, patient: true));
    }

    /// <summary>Adds the database for the server, with readers and writers: a connection pool for requests for batches, and small ones
    /// for background services and for everything else.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">An Npgsql connection string. It overrides the defaults below.</param>
    /// <param name="options">The options.</param>
    public static IServiceCollection AddStorage(this IServiceCollection services, string connectionString, StorageOptions options)
    {
        var requests = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = options.Connections.PoolSize };
        var control = new NpgsqlConnectionStringBuilder(connectionString) { MinPoolSize = 0, MaxPoolSize = ControlPoolSize };
        if (!control.ShouldSerialize("Timeout"))
            control.Timeout = ControlOpenTimeoutSeconds;
        var background = new NpgsqlConnectionStringBuilder(control.ConnectionString) { MaxPoolSize = BackgroundPoolSize };
        return services
            .AddKeyedSingleton(
                Background, (_, _) => CreateSource(background.ConnectionString, options.Database, patient: false, "background"))
            .AddDatabase(
                connectionString,
                options.Database,
                patient: false,
                () => CreateSource(control.ConnectionString, options.Database, patient: false))
            .AddSingleton<SchemaProbe>()
            .AddSingleton(_ => new DatabaseConnections(
                CreateSource(requests.ConnectionString, options.Database, patient: false, "requests"), options.Connections))
            .AddSingleton(options.Connections)
            .AddSingleton(provider => new WritePositions(
                options.Replicas is null ? null : provider.GetService<RedisConnection>(),
                provider.GetRequiredService<ILogger<WritePositions>>()))
            .AddSingleton(provider => new ReplicaSet(
                ReplicaSet.Create(options.Replicas, options.Connections, options.Database),
                provider.GetRequiredService<WritePositions>()))
            .AddSingleton<AccountReads>()
            .AddSingleton(options.Lists)
            .AddSingleton(options.History)
            .AddSingleton<ListStatisticsCache>()
            .AddSingleton(provider => new ScanLimiter(
                options.Scans, provider.GetRequiredService<ListStatisticsCache>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<BatchReader>()
            .AddSingleton<HistoryReader>()
            .AddSingleton<BatchVersionReader>()
            .AddSingleton<SeenByReader>()
            .AddSingleton<ChangeReader>()
            .AddSingleton<AccountHistoryReader>()
            .AddSingleton<ChangeMonitor>()
            .AddHostedService(provider => provider.GetRequiredService<ChangeMonitor>())
            .AddSingleton<IdempotencyStore>()
            .AddSingleton<WriteRunner>()
            .AddSingleton<BatchWriter>()
            .AddSingleton<UpsertWriter>()
            .AddSingleton<BulkWriter>()
            .AddSingleton<LeaseWriter>()
            .AddSingleton<WebhookStore>()
            .AddSingleton<WebhookDeliveryStore>()
            .AddSingleton<WebhookQueue>()
            .AddHostedService<ConnectionMonitor>()
            .AddHostedService<ReplicaMonitor>()
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
                [
                    provider.GetRequiredService<NpgsqlDataSource>(),
                    .. provider.GetKeyedServices<NpgsqlDataSource>(Background),
                    .. provider.GetServices<DatabaseConnections>().Select(connections => connections.Pool),
                ],
                provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(_ => create())
            .AddSingleton<IDbContextFactory<BatchesContext>, LazyContextFactory>()
            .AddSingleton<BatchFilterSqlCache>()
            .AddScoped(provider => provider.GetRequiredService<IDbContextFactory<BatchesContext>>().CreateDbContext());
    }

    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options
        .UseNpgsql(source, npgsql => npgsql.MigrationsHistoryTable(SchemaVersionReader.MigrationsTable))
        .UseSnakeCaseNamingConvention()
        .AddInterceptors(Replication);

    /// <summary>Creates a context that reads on an open connection, which it does not close.</summary>
    public static BatchesContext CreateContext(NpgsqlConnection connection) =>
        new(new DbContextOptionsBuilder<BatchesContext>().UseNpgsql(connection).UseSnakeCaseNamingConvention().Options);

    private static readonly ReplicationInterceptor Replication = new();

    /// <summary>The settings of each session. Prepared statements are planned once: planning takes longer than running most of them, and
    /// those whose best plan depends on the values override this. Citus cannot plan without the values. The database functions require
    /// standard strings, and <see cref="ReplicationWatch"/> requires notices, whatever the defaults of the role.</summary>
    private static readonly string SessionSettings =
        $"""
        SELECT set_config('plan_cache_mode', 'force_generic_plan', false) WHERE NOT EXISTS (
            SELECT FROM pg_extension WHERE extname = 'citus');
        SELECT {DatabaseOptions.TurnOffJitAndWorkers(isLocal: false)};
        SET standard_conforming_strings = on; SET client_min_messages = notice
        """;

    private static void Initialize(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(SessionSettings, connection);
        command.ExecuteNonQuery();
    }

    private static async Task InitializeAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(SessionSettings, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Creates a pool of connections.</summary>
    /// <param name="connectionString">An Npgsql connection string.</param>
    /// <param name="options">The database options.</param>
    /// <param name="patient">Whether statements may take long.</param>
    /// <param name="name">The name of the pool in metrics and traces.</param>
    /// <exception cref="Exception">The keywords of the connection string contradict each other.</exception>
    public static NpgsqlDataSource CreateSource(string connectionString, DatabaseOptions options, bool patient, string name = "control")
    {
        var source = new NpgsqlDataSourceBuilder(WithDefaults(connectionString, options, patient)).WithTelemetry(name);

        // With a pooler in transaction mode, the settings would affect the next client of the session.
        if (options.Pooler == Pooler.None)
            source.UsePhysicalConnectionInitializer(Initialize, InitializeAsync);
        return source.Build();
    }

    /// <summary>Adds defaults to a connection string for settings that it does not contain.</summary>
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

        // Statements are few and repeat, so each connection keeps them prepared. A pooler in transaction mode would send them to other
        // sessions.
        Default("Max Auto Prepare", options.Pooler == Pooler.None ? 100 : 0);

        // No statement changes the state of a connection beyond a transaction.
        Default("No Reset On Close", true);

        // With several hosts, use the primary. The hosts are checked again after a failure, not periodically: see HostStates.
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true)
        {
            Default("Target Session Attributes", "primary");
            Default("Host Recheck Seconds", 3_600);
        }
        return settings.ConnectionString;
    }
}
