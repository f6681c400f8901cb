using BatchesApi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Testcontainers.PostgreSql;

namespace BatchesApi.ProcessTests;

/// <summary>How tests get their PostgreSQL.</summary>
public sealed class TestPostgresTests
{
    [Fact]
    public async Task A_Docker_engine_that_cannot_pull_the_image_is_replaced_by_a_private_PostgreSQL()
    {
        await using var engine = await StartEngineWithoutRegistryAsync();
        var lines = new List<string>();

        await using var postgres = await TestPostgres.StartAsync(
            new PostgreSqlBuilder(TestPostgres.Image)
                .WithDockerEndpoint(engine.Urls.First().Replace("http:", "tcp:", StringComparison.Ordinal)), lines.Add);

        Assert.Contains("registry is unreachable", Assert.Single(lines), StringComparison.Ordinal);
        Assert.NotEqual("", await postgres.CreateDatabaseAsync());
    }

    /// <summary>Starts a stand-in for a Docker engine that responds, but has no image and cannot pull one.</summary>
    private static async Task<WebApplication> StartEngineWithoutRegistryAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var engine = builder.Build();
        engine.Urls.Add("http://127.0.0.1:0");
        engine.Run(context =>
        {
            var path = context.Request.Path.Value!;
            (context.Response.StatusCode, var body) =
                path.EndsWith("/_ping", StringComparison.Ordinal) ? (200, "OK")
                : path.EndsWith("/version", StringComparison.Ordinal)
                    ? (200, """{"Version":"28.0.0","ApiVersion":"1.48","Os":"linux","Arch":"amd64"}""")
                : path.EndsWith("/info", StringComparison.Ordinal) ? (200, """{"ServerVersion":"28.0.0","OSType":"linux"}""")
                : path.EndsWith("/images/create", StringComparison.Ordinal) ? (500, """{"message":"the registry is unreachable"}""")
                : (404, """{"message":"no such image"}""");
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(body);
        });
        await engine.StartAsync(TestContext.Current.CancellationToken);
        return engine;
    }
}
