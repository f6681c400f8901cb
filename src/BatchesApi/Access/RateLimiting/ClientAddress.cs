using System.Net;

namespace BatchesApi.Access.RateLimiting;

/// <summary>The network address by which clients without a credential are told apart.</summary>
internal static class ClientAddress
{
    /// <summary>The address of a request's client, or the part of it that stands for one client.</summary>
    public static string FromContext(HttpContext context) => ClientNetwork.FromAddress(context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();
}
