using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Access metadata of a route. A route without it requires the write scope.</summary>
/// <param name="RequiredScope">The scope that the credential must have; null if the route needs no credential.</param>
/// <param name="IsMetered">Whether requests count towards the quotas of the caller.</param>
internal sealed record RouteAccess(Scope? RequiredScope, bool IsMetered)
{
    public static RouteAccess Read { get; } = new(Scope.Read, IsMetered: true);

    public static RouteAccess Write { get; } = new(Scope.Write, IsMetered: true);

    public static RouteAccess Admin { get; } = new(Scope.Admin, IsMetered: true);

    public static RouteAccess Anonymous { get; } = new(RequiredScope: null, IsMetered: true);

    public static RouteAccess Unmetered { get; } = new(RequiredScope: null, IsMetered: false);
}
