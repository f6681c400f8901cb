using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Who may use a route, in the route table; a route that does not say is closed.</summary>
/// <param name="RequiredScope">The scope that a credential must have; null where none is needed.</param>
/// <param name="IsMetered">Whether its requests count in the quotas of the caller.</param>
internal sealed record RouteAccess(Scope? RequiredScope, bool IsMetered)
{
    /// <summary>Any credential.</summary>
    public static RouteAccess Read { get; } = new(Scope.Read, IsMetered: true);

    /// <summary>A credential that may write.</summary>
    public static RouteAccess Write { get; } = new(Scope.Write, IsMetered: true);

    /// <summary>Everybody.</summary>
    public static RouteAccess Anonymous { get; } = new(RequiredScope: null, IsMetered: true);

    /// <summary>Everybody, as often as they like.</summary>
    public static RouteAccess Unmetered { get; } = new(RequiredScope: null, IsMetered: false);
}
