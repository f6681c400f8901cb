using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests.Development;

public sealed class PrivatePostgresTests : PrivatePostgresTest
{
    [Fact]
    public async Task The_first_start_creates_a_running_cluster()
    {
        await using var postgres = await StartAsync();

        Assert.Equal("batches", await QueryAsync(postgres, "SELECT current_database()"));
        Assert.Equal("UTF8", await QueryAsync(postgres, "SHOW server_encoding"));
        Assert.Equal("127.0.0.1", await QueryAsync(postgres, "SHOW listen_addresses"));
        Assert.Equal("", await QueryAsync(postgres, "SHOW unix_socket_directories"));
        Assert.Equal("200", await QueryAsync(postgres, "SHOW max_connections"));
        Assert.Equal("off", await QueryAsync(postgres, "SHOW fsync"));
        Assert.Equal("UTC", await QueryAsync(postgres, "SHOW timezone"));
        Assert.Contains(Log, line => line.StartsWith("Creating a private PostgreSQL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_default_options_are_durable()
    {
        await using var postgres = await PrivatePostgres.StartAsync(Folder.Path, new PrivatePostgresOptions(), Log.Add, Cancellation);

        Assert.Equal("on", await QueryAsync(postgres, "SHOW fsync"));
        Assert.Equal("on", await QueryAsync(postgres, "SHOW synchronous_commit"));
        Assert.Equal("on", await QueryAsync(postgres, "SHOW full_page_writes"));
    }

    [Fact]
    public async Task A_wrong_password_is_rejected()
    {
        await using var postgres = await StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "postgres", Pooling = false };

        await using var connection = new NpgsqlConnection(wrong.ConnectionString);
        var exception = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancellation));

        Assert.Equal("28P01", exception.SqlState);
        var password = Directory.GetFiles(Folder.Path, "password", SearchOption.AllDirectories).Single();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(password));
    }

    [Fact]
    public async Task A_second_start_keeps_the_data()
    {
        await using (var first = await StartAsync())
            await QueryAsync(first, "CREATE TABLE kept AS SELECT 'so it is'::text AS word");

        await using var second = await StartAsync();

        Assert.Equal("so it is", await QueryAsync(second, "SELECT word FROM kept"));
        Assert.Single(Log, line => line.StartsWith("Creating", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposal_stops_the_server()
    {
        var postgres = await StartAsync();
        var file = Postmaster();

        await postgres.DisposeAsync();
        await postgres.DisposeAsync();

        Assert.False(file.IsRunning());
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => QueryAsync(postgres, "SELECT ''"));
    }

    [Fact]
    public async Task A_second_run_in_the_same_process_is_rejected()
    {
        await using var first = await StartAsync();

        var exception = await Assert.ThrowsAsync<PostgresUnavailableException>(StartAsync);

        Assert.Contains($"already running, for process {Environment.ProcessId}.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__Batches", exception.Message, StringComparison.Ordinal);
        Assert.Equal("", await QueryAsync(first, "SELECT ''"));
    }

    [Fact]
    public async Task A_run_beside_another_process_is_rejected()
    {
        await using var other = await DevServerProcess.StartAsync(Folder);

        var exception = await Assert.ThrowsAsync<PostgresUnavailableException>(StartAsync);

        Assert.Contains($"process {other.ProcessId}.", exception.Message, StringComparison.Ordinal);
        await other.KillAsync();
        await using var _ = await StartAsync();
    }

    [Fact]
    public async Task Cancellation_leaves_no_server_running()
    {
        using var cancellation = new CancellationTokenSource();
        void Cancel(string line)
        {
            if (line.StartsWith("Started", StringComparison.Ordinal))
                cancellation.Cancel();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => PrivatePostgres.StartAsync(Folder.Path, new PrivatePostgresOptions { Durable = false }, Cancel, cancellation.Token));

        Assert.False(File.Exists(Path.Combine(Data(), "postmaster.pid")));
        await using var _ = await StartAsync();
    }

    [Fact]
    public async Task Data_of_another_version_is_kept_and_reported()
    {
        Directory.CreateDirectory(Folder.Combine("postgres-9"));

        await using var postgres = await StartAsync();

        Assert.Contains(Log, line => line.Contains("only PostgreSQL 9 can read it", StringComparison.Ordinal));
        Assert.True(Directory.Exists(Folder.Combine("postgres-9")));
    }

    [Fact]
    public async Task A_folder_name_may_have_spaces_and_quotes()
    {
        var folder = Folder.Combine("it's a folder");

        await using var postgres = await PrivatePostgres.StartAsync(
            folder, new PrivatePostgresOptions { Durable = false }, Log.Add, Cancellation);

        Assert.Equal("", await QueryAsync(postgres, "SELECT ''"));
    }

    [Fact]
    public async Task A_folder_name_that_a_shell_would_expand_is_rejected()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other special characters.");

        await Assert.ThrowsAsync<PostgresUnavailableException>(
            () => PrivatePostgres.StartAsync(Folder.Combine("$(exit)"), new PrivatePostgresOptions(), Log.Add, Cancellation));

        Assert.False(Directory.Exists(Folder.Path));
    }
}
