using Microsoft.Extensions.Logging.Console;

namespace BatchesApi.Hosting;

/// <summary>Where settings come from.</summary>
internal static class HostConfiguration
{
    /// <summary>A builder over appsettings, <c>/run/secrets</c>, the environment and the command line; the later wins.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] arguments)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = arguments,

            // The binary finds its own appsettings.json wherever it is started from.
            ContentRootPath = AppContext.BaseDirectory,
        });

        // The console's formatters stay, its own way of writing goes.
        var console = builder.Services.Single(service => service.ImplementationType == typeof(ConsoleLoggerProvider));
        builder.Services.Remove(console);
        builder.Services.AddSingleton<ILoggerProvider, BufferedConsoleLoggerProvider>();

        // In front of the environment, so that a file that an orchestrator mounts can be overruled by hand.
        var sources = builder.Configuration.Sources;
        builder.Configuration.AddKeyPerFile("/run/secrets", optional: true);
        var secrets = sources[^1];
        sources.RemoveAt(sources.Count - 1);
        sources.Insert(sources.TakeWhile(s => s is not Microsoft.Extensions.Configuration.EnvironmentVariables.EnvironmentVariablesConfigurationSource { Prefix: null or "" }).Count(), secrets);
        return builder;
    }
}
