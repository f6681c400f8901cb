using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Data;

/// <summary>How the process reaches PostgreSQL: one data source, and contexts pooled over it.</summary>
internal static class Database
{
    /// <summary>Maximum number of connections of requests for batches, unless the connection string says otherwise. With those of the rest it is below PostgreSQL's
    /// own default for all its clients, 97.</summary>
    public const int DefaultPoolSize = 80;

    /// <summary>Maximum number of connections for all else: key look-ups, sign-ins, health checks and background services.</summary>
    private const int ControlPoolSize = 8;

    /// <summary>Seconds to open a connection, of which no request waits for longer than its own limit. A busy machine may take several.</summary>
    private const int OpenTimeoutSeconds = 15;

    /// <summary>The same for sign-ins, which wait for it.</summary>
    private const int ControlOpenTimeoutSeconds = 5;

    /// <summary>Seconds that a statement of a request may take; lists have a limit of their own.</summary>
    private const int CommandTimeoutSeconds = 5;

    /// <summary>Adds the database for a command.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">An Npgsql connection string; what it sets wins over the defaults below.</param>
    public static IServiceCollection AddCommandDatabase(this IServiceCollection services, string connectionString) =>
        services.AddDatabase(() => CreateSource(connectionString, OpenTimeoutSeconds, commandTimeoutSeconds: 60));

    /// <summary>Adds the database for the server: a pool for requests for batches, and a small one for all else.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">An Npgsql connection string; what it sets wins over the defaults below.</param>
    /// <param name="connections">The limits on connections of requests.</param>
    public static IServiceCollection AddServerDatabase(this IServiceCollection services, string connectionString, ConnectionOptions connections)
    {
        var control = new NpgsqlConnectionStringBuilder(connectionString) { MinPoolSize = 0, MaxPoolSize = ControlPoolSize }.ConnectionString;
        var requests = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = connections.PoolSize }.ConnectionString;
        return services
            .AddDatabase(() => CreateSource(control, ControlOpenTimeoutSeconds, CommandTimeoutSeconds))
            .AddSingleton(_ => new DatabaseConnections(CreateSource(requests, OpenTimeoutSeconds, CommandTimeoutSeconds), connections));
    }

    private static IServiceCollection AddDatabase(this IServiceCollection services, Func<NpgsqlDataSource> create) => services
        .AddSingleton(_ => create())
        .AddPooledDbContextFactory<BatchesContext>((provider, options) => Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));

    /// <summary>Sets the options of a context over that data source.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options
        .UseNpgsql(source, npgsql => npgsql.MigrationsHistoryTable(Schema.MigrationsTable))
        .UseSnakeCaseNamingConvention();

    /// <summary>Has PostgreSQL plan a prepared statement once and for all: to plan it anew for each value takes longer than most take to run. Statements
    /// whose best plan depends on the values say so themselves. And has it compile none: what seems expensive by a wrong estimate would take half a
    /// second to compile, and be run once.</summary>
    private const string PlanOnce = "SET plan_cache_mode = force_generic_plan; SET jit = off";

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

    private static NpgsqlDataSource CreateSource(string connectionString, int openTimeoutSeconds, int commandTimeoutSeconds)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        void Default(string keyword, object value)
        {
            if (!settings.ShouldSerialize(keyword))
                settings[keyword] = value;
        }

        Default("Application Name", "batches-api");
        Default("Timeout", openTimeoutSeconds);
        Default("Command Timeout", commandTimeoutSeconds);
        Default("Cancellation Timeout", 500);

        // Statements are few and repeat, so that each connection keeps them parsed and planned.
        Default("Max Auto Prepare", 100);

        // Nothing changes the state of a connection for longer than a transaction.
        Default("No Reset On Close", true);

        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        source.UsePhysicalConnectionInitializer(UsePlans, UsePlansAsync);
        return source.Build();
    }
}
