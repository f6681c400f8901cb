using Microsoft.AspNetCore.Routing.Matching;

namespace BatchesApi.Batches;

/// <summary>Matches any segment except <c>deleted</c>, as a regular expression would, but without compiling one for each route.</summary>
internal sealed class ActiveIdConstraint : IRouteConstraint, IParameterLiteralNodeMatchingPolicy
{
    /// <summary>The name in route patterns.</summary>
    public const string Name = "active";

    /// <inheritdoc/>
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values[routeKey] is string id && MatchesLiteral(routeKey, id);

    /// <inheritdoc/>
    public bool MatchesLiteral(string parameterName, string literal) => !literal.Equals("deleted", StringComparison.OrdinalIgnoreCase);
}
