using BatchesApi.Model;

namespace BatchesApi.Routing;

/// <summary>Who may use a route, in the route table; a route that does not say is closed.</summary>
/// <param name="Needs">The scope that a credential must have; null where none is needed.</param>
/// <param name="IsLimited">Whether its requests count in the quotas of the caller.</param>
internal sealed record RouteAccess(Scope? Needs, bool IsLimited)
{
    /// <summary>Any credential.</summary>
    public static RouteAccess Read { get; } = new(Scope.Read, IsLimited: true);

    /// <summary>A credential that may write.</summary>
    public static RouteAccess Write { get; } = new(Scope.Write, IsLimited: true);

    /// <summary>Everybody.</summary>
    public static RouteAccess Open { get; } = new(Needs: null, IsLimited: true);

    /// <summary>Everybody, as often as they like.</summary>
    public static RouteAccess Unlimited { get; } = new(Needs: null, IsLimited: false);
}
