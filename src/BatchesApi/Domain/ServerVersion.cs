using System.Reflection;

namespace BatchesApi.Domain;

/// <summary>The version of the server.</summary>
internal static class ServerVersion
{
    /// <summary>The version with the commit, as <c>--version</c> prints it.</summary>
    public static readonly string Full =
        typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The version without the commit.</summary>
    public static readonly string Number = Full.Split('+')[0];
}
