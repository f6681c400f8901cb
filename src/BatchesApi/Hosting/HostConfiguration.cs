using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Logging.Console;

namespace BatchesApi.Hosting;

/// <summary>The sources of the configuration.</summary>
internal static class HostConfiguration
{
    /// <summary>Creates a builder that reads appsettings.json in the assembly and beside it, <c>/run/secrets</c>, the environment and the
    /// command line. Later sources override earlier ones.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] arguments)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = arguments,

            // The folder of appsettings.json does not depend on the working directory.
            ContentRootPath = AppContext.BaseDirectory,
        });

        // Keep the console's formatters and replace its writer.
        var console = builder.Services.Single(service => service.ImplementationType == typeof(ConsoleLoggerProvider));
        builder.Services.Remove(console);
        builder.Services.AddSingleton<ILoggerProvider, BufferedConsoleLoggerProvider>();
        builder.Services.PostConfigure<JsonConsoleFormatterOptions>(AddTimestamp);

        // A failed probe returns its reason. The framework would also log each as an error with a stack trace.
        builder.Logging.AddFilter<BufferedConsoleLoggerProvider>("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        var sources = builder.Configuration.Sources;

        // The file may be missing beside a binary that was copied.
        sources.Insert(0, new ChainedConfigurationSource { Configuration = ReadEmbeddedSettings() });

        // Before the environment, which can thus override a file that an orchestrator mounts.
        builder.Configuration.AddKeyPerFile("/run/secrets", optional: true);
        var secrets = sources[^1];
        sources.RemoveAt(sources.Count - 1);
        var environment = sources.TakeWhile(source => source is not EnvironmentVariablesConfigurationSource { Prefix: null or "" }).Count();
        sources.Insert(environment, secrets);
        return builder;
    }

    private static IConfigurationRoot ReadEmbeddedSettings()
    {
        using var stream = typeof(HostConfiguration).Assembly.GetManifestResourceStream("appsettings.json")!;
        return new ConfigurationBuilder().AddJsonStream(stream).Build();
    }

    /// <summary>Log collectors need the time of a line. ASP.NET Core leaves it out by default.</summary>
    private static void AddTimestamp(JsonConsoleFormatterOptions json)
    {
        if (!string.IsNullOrEmpty(json.TimestampFormat))
            return;
        json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        json.UseUtcTimestamp = true;
    }
}
