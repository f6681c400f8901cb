using BatchesApi.Domain;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>The words of the route tables: metadata of operations, and the checks that follow from it.</summary>
internal static class EndpointConventions
{
    /// <summary>The methods of an operation that only reads.</summary>
    public static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps an operation that only reads. The framework's <c>MapGet</c> responds to HEAD with 405 (RFC 9110, section 9.3.2);
    /// Kestrel leaves out the body of the response.</summary>
    public static IEndpointConventionBuilder MapGetAndHead(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler) =>
        routes.MapMethods(pattern, GetAndHead, handler);

    public static T RequireScope<T>(this T routes, RouteAccess access)
        where T : IEndpointConventionBuilder => routes.WithMetadata(access);

    /// <summary>Declares the body of an operation, and the problems that any body can have.</summary>
    public static IEndpointConventionBuilder Accepts(this IEndpointConventionBuilder route, RequestBodyMetadata body) =>
        route.WithMetadata(body).ProducesProblems(
            ProblemCode.InvalidBody, ProblemCode.MalformedBody, ProblemCode.RequestTimeout, ProblemCode.BodyTooLarge,
            ProblemCode.UnsupportedMediaType);

    public static IEndpointConventionBuilder WithParameters(this IEndpointConventionBuilder route, ParameterMetadata parameters) =>
        route.WithMetadata(parameters);

    /// <summary>Adds a successful response. If it has a body, the client must accept its media type.</summary>
    public static IEndpointConventionBuilder ProducesResponse(this IEndpointConventionBuilder route, ResponseMetadata response)
    {
        route.WithMetadata(response);
        if (response.Schema is null)
            return route;
        route.ProducesProblems(ProblemCode.NotAcceptable);
        return response.OtherMediaType is { } other
            ? route.AddGuard(context =>
            {
                context.Response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.Accept);
                return ContentNegotiation.FindProblem(context.Request, other);
            })
            : route.AddGuard(static context => ContentNegotiation.FindProblem(context.Request));
    }

    public static IEndpointConventionBuilder RejectQueryParameters(this IEndpointConventionBuilder route) =>
        route.AddGuard(FindParameterProblem).ProducesProblems(ProblemCode.InvalidParameter);

    public static T ProducesProblems<T>(this T routes, params ProblemCode[] codes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new ProblemMetadata(codes));

    /// <summary>Compresses successful responses for clients that accept it. Not for responses with a strong entity tag, which identifies
    /// the bytes.</summary>
    public static T Compress<T>(this T routes)
        where T : IEndpointConventionBuilder => routes.WithMetadata(CompressionMetadata.Instance);

    /// <summary>Declares that an operation with another method than GET only reads.</summary>
    public static IEndpointConventionBuilder ReadOnly(this IEndpointConventionBuilder route) =>
        route.WithMetadata(ReadOnlyMetadata.Instance);

    /// <summary>Adds the routes to the OpenAPI document. ApiExplorer skips endpoints without a
    /// <see cref="System.Reflection.MethodInfo"/>.</summary>
    public static T WithOpenApiMethod<T>(this T routes)
        where T : IEndpointConventionBuilder
    {
        routes.Add(static endpoint => endpoint.Metadata.Add(endpoint.RequestDelegate!.Method));
        return routes;
    }

    public static RequestDelegate ToRequestDelegate(Func<HttpContext, Task<IResult>> operation) => async context =>
    {
        var result = await operation(context);
        await result.ExecuteAsync(context);
    };

    /// <summary>Responds with a problem, if the check finds one, instead of running the operation.</summary>
    private static IEndpointConventionBuilder AddGuard(this IEndpointConventionBuilder route, Func<HttpContext, Problem?> findProblem)
    {
        route.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => findProblem(context) is { } problem ? problem.ExecuteAsync(context) : next(context);
        });
        return route;
    }

    private static Problem? FindParameterProblem(HttpContext context)
    {
        if (!context.Request.QueryString.HasValue)
            return null;
        var errors = new ValidationErrors();
        QueryParameters.Parse(context.Request.Query, [], context.RequestServices.GetRequiredService<RequestOptions>().Strict, errors);
        return errors.HasErrors ? Problem.InvalidParameters(errors) : null;
    }
}
