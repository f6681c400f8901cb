using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace BatchesApi.Data;

/// <summary>How the process reaches PostgreSQL: one data source, and contexts pooled over it.</summary>
internal static class Database
{
    /// <summary>Adds the data source and the contexts.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="connectionString">An Npgsql connection string; what it sets wins over the defaults below.</param>
    /// <param name="options">How to use the database; null for the defaults.</param>
    /// <param name="patient">Whether nobody is waiting for an answer, so that there is time.</param>
    public static IServiceCollection AddDatabase(
        this IServiceCollection services, string connectionString, DatabaseOptions? options = null, bool patient = false)
    {
        options ??= new DatabaseOptions();
        services.AddSingleton(options);
        services.AddSingleton<DatabaseState>();
        services.AddSingleton(new DatabaseCheck(connectionString, options, patient));
        services.AddSingleton<HostStates>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => CreateSource(connectionString, options, patient));
        services.AddPooledDbContextFactory<BatchesContext>((provider, options) => Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));
        return services;
    }

    /// <summary>Sets the options of a context over that data source.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options
        .UseNpgsql(source, npgsql => npgsql.MigrationsHistoryTable(Schema.MigrationsTable))
        .UseSnakeCaseNamingConvention()
        .AddInterceptors(Replication);

    private static readonly ReplicationInterceptor Replication = new();

    /// <summary>Has PostgreSQL plan a prepared statement once and for all: to plan it anew for each value takes longer than most take to run. Statements
    /// whose best plan depends on the values say so themselves. And has it compile none: what seems expensive by a wrong estimate would take half a
    /// second to compile, and be run once. Strings are read by the standard, as our functions in the database are written, whatever the role's default.</summary>
    private const string PlanOnce = "SET plan_cache_mode = force_generic_plan; SET jit = off; SET standard_conforming_strings = on";

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

        // With a pooler in transaction mode, settings would stay behind for whoever has the session next.
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

        // A client is told within 2 s that no connection can be had, also when packets just vanish.
        Default("Timeout", patient ? 15 : 1);
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
