using System.Net;
using BatchesApi.Hosting;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ApiTests;

/// <summary>No background service ends the server silently.</summary>
public sealed class BackgroundServiceTests(ApiServer given) : IDisposable
{
    private readonly CapturedLog _log = new();

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_background_service_of_the_server_that_fails_is_logged_and_restarted()
    {
        await using var app = await StartAsync(services => services.AddHostedService<Restarting>());

        Assert.Contains(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal)
            && line.Contains(nameof(Restarting), StringComparison.Ordinal)
            && line.Contains("This is not a database error.", StringComparison.Ordinal));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var response = await client.SendAsync("GET", "/health/ready");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await app.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await ServerLifetime.WaitForShutdownAsync(app));
    }

    [Fact]
    public async Task Any_other_service_that_fails_ends_the_server_with_a_reason_and_exit_code_1()
    {
        var fail = new TaskCompletionSource();
        await using var app = await StartAsync(services => services.AddHostedService(_ => new Failing(fail.Task)));

        fail.SetResult();

        Assert.Equal(1, await ServerLifetime.WaitForShutdownAsync(app));
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical Microsoft.Extensions.Hosting.Internal.Host", StringComparison.Ordinal)
            && line.Contains("This is not a database error.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_that_cannot_stop_ends_the_server_with_a_reason_and_exit_code_1()
    {
        await using var app = await StartAsync(services => services.AddHostedService<Unstoppable>());

        app.Lifetime.StopApplication();

        Assert.Equal(1, await ServerLifetime.WaitForShutdownAsync(app));
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal)
            && line.Contains("This is not a database error.", StringComparison.Ordinal));
    }

    private async Task<WebApplication> StartAsync(Action<IServiceCollection> add) => await ApiServer.StartAsync(
        given.ConnectionString,
        builder =>
        {
            builder.Logging.AddProvider(_log);
            add(builder.Services);
        },
        settings => settings);

    private sealed class Restarting(TimeProvider clock, ILogger<Restarting> log) : RestartingService(clock, log)
    {
        protected override Task RunAsync(CancellationToken stoppingToken) =>
            throw new InvalidOperationException("This is not a database error.");
    }

    private sealed class Failing(Task fail) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await fail;
            throw new InvalidOperationException("This is not a database error.");
        }
    }

    private sealed class Unstoppable : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("This is not a database error.");
    }
}
