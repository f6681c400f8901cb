using System.ComponentModel;
using System.Diagnostics;

namespace BatchesApi.Testing;

/// <summary>The Docker engine of the machine, for Testcontainers.</summary>
internal static class DockerEngine
{
    private const string Setting = "DOCKER_API_VERSION";

    /// <summary>The version of the engine's API that Testcontainers speaks unless told otherwise.</summary>
    private static readonly Version Spoken = new(1, 44);

    /// <summary>Has Testcontainers speak the language of an engine that is older than it expects; it would take it for absent.</summary>
    public static async Task MatchVersionAsync()
    {
        if (Environment.GetEnvironmentVariable(Setting) is null
            && Version.TryParse(await VersionAsync(), out var engine)
            && engine < Spoken)
        {
            Environment.SetEnvironmentVariable(Setting, engine.ToString());
        }
    }

    /// <summary>The version of the engine's API, or something else where none answers.</summary>
    private static async Task<string> VersionAsync()
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
            return "There is no docker command.";
        }
    }
}
