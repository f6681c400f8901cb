using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace BatchesApi.Tests.Hosting;

public sealed class HostConfigurationTests
{
    [Fact]
    public void Secrets_override_files_the_environment_secrets_and_the_command_line_the_environment()
    {
        var configuration = HostConfiguration.CreateBuilder(["--Requests:Strict=false"]).Configuration;
        var sources = configuration.Sources.ToList();

        var files = sources.FindLastIndex(source => source is JsonConfigurationSource);
        var secrets = sources.FindIndex(source => source is KeyPerFileConfigurationSource);
        var environment = sources.FindIndex(
            source => source is EnvironmentVariablesConfigurationSource variables && string.IsNullOrEmpty(variables.Prefix));
        var commandLine = sources.FindLastIndex(source => source is CommandLineConfigurationSource);

        Assert.True(0 <= files && files < secrets && secrets < environment && environment < commandLine,
            $"files {files}, secrets {secrets}, environment {environment}, command line {commandLine}");
    }

    [Fact]
    public void The_log_levels_do_not_depend_on_a_file()
    {
        var sources = HostConfiguration.CreateBuilder([]).Configuration.Sources;
        var embedded = Assert.IsType<ChainedConfigurationSource>(sources[0]).Configuration!;
        Assert.Equal("Warning", embedded["Logging:LogLevel:Microsoft"]);
    }

    [Fact]
    public void JSON_lines_have_the_time_in_UTC()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        var line = WriteJson();
        var time = DateTimeOffset.ParseExact(
            (string)line["Timestamp"]!, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        Assert.InRange(time, before, DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Null(line["Scopes"]);
    }

    [Fact]
    public void The_options_of_JSON_lines_are_those_of_the_framework()
    {
        var line = WriteJson(
            "--Logging:Console:FormatterOptions:TimestampFormat=yyyy", "--Logging:Console:FormatterOptions:UseUtcTimestamp=true",
            "--Logging:Console:FormatterOptions:IncludeScopes=true");
        Assert.Equal(DateTimeOffset.UtcNow.ToString("yyyy", CultureInfo.InvariantCulture), (string?)line["Timestamp"]);
        Assert.Equal("scope", (string?)line["Scopes"]![0]);
    }

    /// <summary>Writes a message of two lines as JSON.</summary>
    private static JsonNode WriteJson(params string[] arguments)
    {
        using var services = HostConfiguration.CreateBuilder(["--Logging:Console:FormatterName=json", .. arguments]).Services
            .BuildServiceProvider();
        using var output = new StringWriter();
        using var console = new BufferedConsoleLoggerProvider(
            services.GetServices<ConsoleFormatter>(), services.GetRequiredService<IOptions<ConsoleLoggerOptions>>(), output);
        var log = console.CreateLogger("Category");
        using (log.BeginScope("scope"))
            log.Log(LogLevel.Error, 0, "first\nsecond", new InvalidOperationException("third\nfourth"), static (text, _) => text);
        var line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return JsonNode.Parse(line)!;
    }

    [Fact]
    public void Settings_on_the_command_line_are_read() => Assert.Equal(
        "false", HostConfiguration.CreateBuilder(["--Requests:Strict=false"]).Configuration["Requests:Strict"]);
}
