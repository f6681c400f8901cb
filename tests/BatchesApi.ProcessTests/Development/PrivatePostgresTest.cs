using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests.Development;

/// <summary>A test with a private PostgreSQL in a temporary folder.</summary>
public abstract class PrivatePostgresTest : IDisposable
{
    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected TemporaryFolder Folder { get; } = new();

    private protected List<string> Log { get; } = [];

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static async Task<string?> QueryAsync(PrivatePostgres postgres, string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync(Cancellation);
    }

    private protected Task<PrivatePostgres> StartAsync() =>
        PrivatePostgres.StartAsync(Folder.Path, new PrivatePostgresOptions { Durable = false }, Log.Add, Cancellation);

    private protected string Data() => Path.Combine(Directory.GetDirectories(Folder.Path, "postgres-*").Single(), "data");

    private protected PostmasterFile Postmaster() => PostmasterFile.Read(Data())!;
}
