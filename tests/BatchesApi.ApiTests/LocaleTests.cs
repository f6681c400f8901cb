using BatchesApi.Hosting;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>The warning about a locale in which pg_trgm supports only ASCII letters.</summary>
public sealed class LocaleTests(ApiServer given)
{
    [Theory]
    [InlineData("C")]
    [InlineData(null)]
    public async Task A_database_with_an_ASCII_only_locale_is_logged_once(string? locale)
    {
        var connectionString = await given.Postgres.CreateDatabaseAsync(locale: locale);
        try
        {
            var log = new LogLines();
            await using var services = new ServiceCollection().AddCommandDatabase(connectionString).BuildServiceProvider();
            using var migrator = new MigrationService(
                services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<IDbContextFactory<BatchesContext>>(),
                services.GetRequiredService<HostStates>(), services.GetRequiredService<DatabaseCheck>(),
                services.GetRequiredService<DatabaseOptions>(), services.GetRequiredService<DatabaseState>(),
                given.Services.GetRequiredService<GracefulShutdown>(), TimeProvider.System, log);
            await migrator.StartAsync(TestContext.Current.CancellationToken);
            await migrator.StopAsync(TestContext.Current.CancellationToken);

            var actual = await GetLocaleAsync(services.GetRequiredService<NpgsqlDataSource>());
            Assert.Equal(locale ?? actual, actual);
            Assert.Equal(
                actual is "C" or "POSIX" ? [(LogLevel.Warning, $"LC_CTYPE '{actual}' is ASCII-only")] : [],
                log.All.Where(line => line.Level > LogLevel.Information).Select(line => (line.Level, line.Text.Split(':')[0])));
        }
        finally
        {
            await given.Postgres.DropDatabaseAsync(connectionString);
        }
    }

    private static async Task<string> GetLocaleAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("SELECT datctype FROM pg_database WHERE datname = current_database()");
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private sealed class LogLines : ILogger<MigrationService>
    {
        public List<(LogLevel Level, string Text)> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            All.Add((logLevel, formatter(state, exception)));
    }
}
