using Microsoft.AspNetCore.Routing.Matching;

namespace BatchesApi.Batches;

/// <summary>Matches any segment except the names of other routes, as a regular expression would, but without compiling one for each
/// route.</summary>
internal sealed class ActiveIdConstraint : IRouteConstraint, IParameterLiteralNodeMatchingPolicy
{
    /// <summary>The name in route patterns.</summary>
    public const string Name = "active";

    private static readonly string[] OtherRoutes = ["changes", "claim", "deleted", "groups", "search"];

    /// <inheritdoc/>
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values[routeKey] is string id && MatchesLiteral(routeKey, id);

    /// <inheritdoc/>
    public bool MatchesLiteral(string parameterName, string literal) =>
        !OtherRoutes.Contains(literal, StringComparer.OrdinalIgnoreCase);
}
