using System.Diagnostics;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Load;

namespace BatchesApi.ApiTests.Docs;

/// <summary>A server with the accounts of <c>docs/querying.md</c>.</summary>
public sealed class DocumentedServer(ApiServer given) : IAsyncLifetime
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("batches-docs-");
    private SeparateServer? _server;
    private string _key = "";
    private string _largeKey = "";

    /// <summary>The server.</summary>
    internal SeparateServer Server => _server!;

    /// <summary>A client of the account with the batches in the page.</summary>
    internal HttpClient Client { get; private set; } = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await SeparateServer.StartAsync(given);
        (_, _key) = await _server.CreateAccountAsync("documented", keyName: "amy");
        Client = _server.CreateClient(_key);
        foreach (var row in QueryingPage.Instance.GetRows("batchCode"))
        {
            var batch = await Client.CreateAsync(Body(row));
            if (row["deleted"].Length > 0)
                await Client.SendAsync("DELETE", $"{Http.Deleted}/{batch.Id()}").EmptyAsync();
        }

        (var account, _largeKey) = await _server.CreateAccountAsync("large");
        await _server.ExecuteAsync(
            $"""
            INSERT INTO batches (id, account_id, batch_code, batch_type, assignee, due_date, repeated, notes, lead_ids,
                   opportunity_ids, rating, created_at, updated_at, version)
            SELECT lpad(to_hex(n), 24, '0'), {account}, 'N-' || n, (ARRAY['renewal', 'upsell', 'audit'])[n % 3 + 1],
                   'user' || lpad((n % 50)::text, 2, '0'), timestamptz '2026-01-01 00:00Z' + n % 365 * interval '1 day', n % 10 = 0,
                   'About the batch ' || n, '{"{}"}', '{"{}"}', n / 50 % 6,
                   timestamptz '2026-01-01 00:00Z' + n * interval '1 min', timestamptz '2026-01-01 00:00Z' + n * interval '1 min', 1
            FROM generate_series(1, 5000) AS n
            """);
        await _server.ExecuteAsync(TableLayout.FillSearch);
        await _server.ExecuteAsync("VACUUM ANALYZE batches, batch_search");

        // Options for every curl line: the page need not hide the progress or bypass proxies.
        await File.WriteAllTextAsync(
            Path.Combine(_home.FullName, ".curlrc"),
            "silent\nshow-error\nfail-with-body\nnoproxy = *\n",
            TestContext.Current.CancellationToken);
    }

    /// <summary>Runs a script of the page in a shell, with the real curl.</summary>
    /// <returns>The output, and whether curl succeeded.</returns>
    public async Task<(string Printed, bool Succeeded)> RunAsync(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _home.FullName,
            Environment =
            {
                ["CURL_HOME"] = _home.FullName,
                ["SERVER"] = Server.Address.ToString().TrimEnd('/'),
                ["KEY"] = _key,
                ["LARGE"] = _largeKey,
            },
        })!;
        var printed = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        // 22: the server returned an error.
        Assert.True(shell.ExitCode is 0 or 22, $"The script ended with {shell.ExitCode}: {await errors}");
        return (await printed, shell.ExitCode == 0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private static string Body(IReadOnlyDictionary<string, string> row)
    {
        static object Value(Field field, string text) => field.Kind switch
        {
            FieldKind.TextList => text.Split(' '),
            FieldKind.Integer => JsonInteger.Parse(text)!,
            _ => text,
        };
        return JsonSerializer.Serialize(row
            .Where(cell => cell.Key != "deleted" && cell.Value.Length > 0)
            .ToDictionary(cell => cell.Key, cell => Value(BatchFields.Find(cell.Key)!, cell.Value)));
    }
}
