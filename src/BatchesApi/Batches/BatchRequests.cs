using BatchesApi.Requests;
using BatchesApi.Responses;
using Microsoft.AspNetCore.Http.Features;

namespace BatchesApi.Batches;

/// <summary>Reads what the operations on batches take from a request.</summary>
/// <param name="settings">How strictly to read.</param>
/// <param name="rules">What bodies must satisfy.</param>
internal sealed class BatchRequests(RequestSettings settings, BatchRules rules)
{
    /// <summary>Reads the parameters of a query.</summary>
    public QueryParameters Parameters(HttpRequest request, IReadOnlyCollection<string> known, Faults faults) =>
        QueryParameters.Read(request.Query, known, settings.Strict, faults);

    /// <summary>Refuses parameters where an operation takes none.</summary>
    public Problem? NoParameters(HttpRequest request)
    {
        var faults = new Faults();
        Parameters(request, [], faults);
        return faults.Any ? Problem.InvalidParameters(faults) : null;
    }

    /// <summary>Reads and checks the body of a create or an update.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partial">Whether fields may be left out that a whole batch needs.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>What the body passes, or the problem with it; the other is null.</returns>
    public async Task<(BatchInput? Input, Problem? Problem)> BodyAsync(HttpRequest request, bool partial, CancellationToken cancellation)
    {
        if (NoParameters(request) is { } problem)
            return (null, problem);
        // Where there is no body, what it would be does not matter.
        var hasBody = request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (BodyFormats.Of(hasBody ? request.ContentType : null) is not { } format)
            return (null, new Problem(ProblemCode.UnsupportedMediaType, $"'{request.ContentType}' is not read here; send {BodyFormats.Supported}."));
        if (hasBody && request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.Equals("identity"))
            return (null, new Problem(ProblemCode.UnsupportedMediaType, $"Bodies with 'Content-Encoding: {encoding}' are not read here; send them as they are."));
        if (await BodyBytes.ReadAsync(request, BatchBody.MaxBytes, cancellation) is not { } bytes)
            return (null, new Problem(ProblemCode.BodyTooLarge, $"The body is larger than {BatchBody.MaxBytes >> 20} MiB."));

        var faults = new Faults();
        var input = new BatchBody(settings.Strict).Read(bytes, format, faults, out var malformed);
        if (malformed is not null)
            return (null, new Problem(ProblemCode.MalformedBody, malformed));
        rules.Check(input, partial, faults);
        return faults.Any ? (null, Problem.InvalidBody(faults)) : (input, null);
    }
}
