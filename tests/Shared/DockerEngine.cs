using System.ComponentModel;
using System.Diagnostics;

namespace BatchesApi.Testing;

/// <summary>The local Docker engine, for Testcontainers.</summary>
internal static class DockerEngine
{
    private const string ApiVersionVariable = "DOCKER_API_VERSION";

    /// <summary>The version of the engine's API that Testcontainers uses by default.</summary>
    private static readonly Version DefaultApiVersion = new(1, 44);

    /// <summary>Makes Testcontainers use the API version of an older engine, which it would otherwise report as unavailable.</summary>
    public static async Task MatchApiVersionAsync()
    {
        if (Environment.GetEnvironmentVariable(ApiVersionVariable) is null
            && Version.TryParse(await ReadApiVersionAsync(), out var engine)
            && engine < DefaultApiVersion)
        {
            Environment.SetEnvironmentVariable(ApiVersionVariable, engine.ToString());
        }
    }

    private static async Task<string?> ReadApiVersionAsync()
    {
        try
        {
            using var docker = Process.Start(new ProcessStartInfo("docker", ["version", "--format", "{{.Server.APIVersion}}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var version = await docker.StandardOutput.ReadToEndAsync();
            await docker.WaitForExitAsync();
            return version;
        }
        catch (Win32Exception)
        {
            // The docker command is not installed.
            return null;
        }
    }
}
