using BatchesApi.Hosting;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.KeyPerFile;

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
    public void Settings_on_the_command_line_are_read() => Assert.Equal(
        "false", HostConfiguration.CreateBuilder(["--Requests:Strict=false"]).Configuration["Requests:Strict"]);
}
