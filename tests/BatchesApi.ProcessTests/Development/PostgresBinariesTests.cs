using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using BatchesApi.DevServer;

namespace BatchesApi.ProcessTests.Development;

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", 15)]
    [InlineData("postgres (PostgreSQL) 19devel", 19)]
    [InlineData("postgres (PostgreSQL) 9.6.24", 9)]
    [InlineData("pgbouncer 1.24", null)]
    public void The_major_version_is_parsed_from_the_output_of_postgres(string response, int? major) =>
        Assert.Equal(major, PostgresBinaries.ParseMajor(response));

    [Fact]
    public async Task Complete_and_recent_folders_are_found_in_the_given_order()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins for PostgreSQL are shell scripts.");
        var sixteen = Install("16", "postgres (PostgreSQL) 16.4");
        var seventeen = Install("17", "postgres (PostgreSQL) 17.2");
        var old = Install("14", "postgres (PostgreSQL) 14.9");
        var broken = Install("18", "Segmentation fault");
        var partial = Install("19", "postgres (PostgreSQL) 19.0");
        File.Delete(Path.Combine(partial, "initdb"));
        var link = _folder.Combine("link");
        Directory.CreateDirectory(link);
        foreach (var program in Directory.GetFiles(seventeen))
            File.CreateSymbolicLink(Path.Combine(link, Path.GetFileName(program)), program);

        var found = await PostgresBinaries.FindAsync(
            [_folder.Combine("missing"), old, broken, partial, link, sixteen, seventeen],
            OsUser.Current,
            Cancellation);

        Assert.Equal([new PostgresBinaries(seventeen, 17), new PostgresBinaries(sixteen, 16)], found);
    }

    [Fact]
    public void Folders_of_package_managers_are_sorted_newest_first()
    {
        foreach (var name in new[] { "postgresql@9.6", "postgresql@15", "postgresql", "postgresql@18", "other" })
            Directory.CreateDirectory(_folder.Combine(name));

        Assert.Equal(
            ["postgresql@18", "postgresql@15", "postgresql@9.6", "postgresql"],
            PostgresLocator.NewestFirst(_folder.Path, "postgresql*", "bin")
                .Select(folder => Path.GetFileName(Path.GetDirectoryName(folder)!)));
        Assert.Empty(PostgresLocator.NewestFirst(_folder.Combine("missing"), "*", "bin"));
    }

    [Fact]
    public async Task PATH_precedes_the_folders_of_package_managers()
    {
        var folders = await PostgresLocator.FindInstalledAsync(Cancellation);
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(path.Where(Path.IsPathFullyQualified), folders.Take(path.Count(Path.IsPathFullyQualified)));
    }

    [Fact]
    public async Task Without_binaries_and_network_the_error_lists_the_alternatives()
    {
        // Nothing listens on port 1.
        var exception = await FailAsync("http://127.0.0.1:1");

        Assert.Contains("install PostgreSQL 15 or newer", exception.Message, StringComparison.Ordinal);
        Assert.Contains("set ConnectionStrings__Batches", exception.Message, StringComparison.Ordinal);
        Assert.Contains("docker compose up", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_source_that_does_not_respond_times_out()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var waiting = Stopwatch.StartNew();

        var exception = await FailAsync($"http://{silent.LocalEndpoint}");

        Assert.InRange(waiting.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Contains("docker compose up", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_folder_is_readable_by_the_server()
    {
        var account = await OsUser.FindAsync(Cancellation);
        var closed = _folder.Combine("closed");
        Directory.CreateDirectory(_folder.Path);
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var open = await DataFolder.FindAsync(_folder.Combine("share", "more"), account, Cancellation);
        var other = await DataFolder.FindAsync(Path.Combine(closed, "share"), account, Cancellation);

        Assert.Equal(_folder.Combine("share", "more", "batches-api"), open);
        Assert.Equal(account.Name is null ? Path.Combine(closed, "share", "batches-api") : "/var/lib/batches-api", other);
        Assert.False(Directory.Exists(Path.GetDirectoryName(open)));
        Assert.False(Directory.Exists(Path.Combine(closed, "share")));
    }

    [Fact]
    public async Task A_folder_that_the_server_cannot_read_is_rejected_and_its_mode_kept()
    {
        var account = await OsUser.FindAsync(Cancellation);
        if (account.Name is null || OperatingSystem.IsWindows())
        {
            Assert.Skip("Only root runs PostgreSQL as another user.");
            return;
        }

        const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(_folder.Path, Closed);

        var exception = await Assert.ThrowsAsync<PostgresUnavailableException>(
            () => PrivatePostgres.StartAsync(_folder.Path, new PrivatePostgresOptions(), _ => { }, Cancellation));

        Assert.Contains(account.Name!, exception.Message, StringComparison.Ordinal);
        Assert.Equal(Closed, File.GetUnixFileMode(_folder.Path));
    }

    private Task<PostgresUnavailableException> FailAsync(string source) => Assert.ThrowsAsync<PostgresUnavailableException>(
        () => PrivatePostgres.StartAsync(
            _folder.Path,
            new PrivatePostgresOptions { BinaryFolders = [], DownloadSource = source },
            _ => { },
            Cancellation));

    /// <summary>Creates a folder with stand-ins for PostgreSQL's programs, which print the version.</summary>
    private string Install(string name, string response)
    {
        var folder = _folder.Combine(name, "bin");
        Directory.CreateDirectory(folder);
        foreach (var program in new[] { "initdb", "postgres", "pg_ctl" })
        {
            var path = Path.Combine(folder, program);
            File.WriteAllText(path, $"#!/bin/sh\necho '{response}'\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return folder;
    }
}
