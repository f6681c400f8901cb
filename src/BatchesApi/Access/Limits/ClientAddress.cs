using System.Net;

namespace BatchesApi.Access.Limits;

/// <summary>The network address by which clients without a credential are told apart.</summary>
internal static class ClientAddress
{
    /// <summary>The address of a request's client, or the part of it that stands for one client.</summary>
    public static string Of(HttpContext context) => ClientNetwork.Of(context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();
}
