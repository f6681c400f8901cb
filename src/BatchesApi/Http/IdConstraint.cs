using Microsoft.AspNetCore.Routing.Matching;

namespace BatchesApi.Http;

/// <summary>Matches any segment except the names of other routes, as a regular expression would, but without compiling one for each
/// route.</summary>
/// <param name="otherRoutes">The names, in any case.</param>
internal abstract class IdConstraint(params string[] otherRoutes) : IRouteConstraint, IParameterLiteralNodeMatchingPolicy
{
    /// <inheritdoc/>
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values[routeKey] is string id && MatchesLiteral(routeKey, id);

    /// <inheritdoc/>
    public bool MatchesLiteral(string parameterName, string literal) =>
        !otherRoutes.Contains(literal, StringComparer.OrdinalIgnoreCase);
}
