using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Data;

/// <summary>How the process reaches PostgreSQL: one data source, and contexts pooled over it.</summary>
internal static class Database
{
    /// <summary>Adds the data source and the contexts.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="connectionString">An Npgsql connection string; what it sets wins over the defaults below.</param>
    /// <param name="patient">Whether nobody is waiting for an answer, so that there is time.</param>
    public static IServiceCollection AddDatabase(this IServiceCollection services, string connectionString, bool patient = false)
    {
        services.AddSingleton(_ => CreateSource(connectionString, patient));
        services.AddPooledDbContextFactory<BatchesContext>((provider, options) => Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));
        return services;
    }

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

    private static NpgsqlDataSource CreateSource(string connectionString, bool patient)
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

        // Statements are few and repeat, so that each connection keeps them parsed and planned.
        Default("Max Auto Prepare", 100);

        // Nothing changes the state of a connection for longer than a transaction.
        Default("No Reset On Close", true);

        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        source.UsePhysicalConnectionInitializer(UsePlans, UsePlansAsync);
        return source.Build();
    }
}
