using System.Buffers;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Administration;
using BatchesApi.Batches;
using BatchesApi.Bulk;
using BatchesApi.Changes;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Webhooks;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>A response with each problem code, created by the code that creates the real problems, if that needs no
/// database.</summary>
internal static class ProblemExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private static readonly string Id = (string)JsonNode.Parse(BatchFields.Id.Example)!;
    private static readonly string Batch = $"{BatchRoutes.Path}/{Id}";
    private static readonly Dictionary<ProblemCode, (string Path, Problem Problem)> Problems = CreateProblems();

    /// <summary>The examples by the names of their codes, in the order of the catalogue.</summary>
    public static Dictionary<string, IOpenApiExample> Create(IEnumerable<ProblemCode> codes) =>
        ProblemCode.All.Intersect(codes).ToDictionary(code => code.Name, IOpenApiExample (code) => new OpenApiExample
        {
            Summary = code.Title,
            Description = code.Remedy,
            Value = WriteJson(Problems[code].Path, Problems[code].Problem),
        });

    private static Dictionary<ProblemCode, (string Path, Problem Problem)> CreateProblems()
    {
        var examples = new Dictionary<ProblemCode, (string, Problem)>();

        void Add(string path, Problem problem) => examples.Add(problem.Code, (path, problem));
        void AddText(string path, ProblemCode code, string detail) => Add(path, new Problem(code, detail));

        var taken = new ValidationErrors();
        taken.Add(BatchFields.BatchCode.Name, $"'B-2026-001' is the code of batch {Id}.");
        var minute = new Quota("minute", 480, TimeSpan.FromMinutes(1));

        Add($"{BatchRoutes.Path}/bulk/update", BulkProblems.TooManyMatched(12_345));
        Add($"{BatchRoutes.Path}/bulk/update", BulkProblems.CountDiffers(36, 37));
        Add($"{BatchRoutes.Path}/bulk/{Id}/undo", BulkProblems.ChangeNotFound);
        Add(ChangeRoutes.Path, ChangeHandlers.CursorExpired);
        Add($"{WebhookRoutes.Path}/{Id}", WebhookHandlers.WebhookNotFound);
        Add($"{WebhookRoutes.Path}/{Id}/deliveries/{Id}/retry", WebhookHandlers.DeliveryNotFound);
        Add(WebhookRoutes.Path, WebhookHandlers.TooManyWebhooks);
        Add($"{AdministrationRoutes.Keys}/{Id}", CredentialProblems.KeyNotFound);
        Add($"{AdministrationRoutes.Keys}/{Id}/rotate", CredentialProblems.KeyRevoked);
        Add($"{AdministrationRoutes.Keys}/{Id}/rotate", CredentialProblems.KeyExpired);
        Add(AdministrationRoutes.Keys, CredentialProblems.TooManyKeys);
        Add(AdministrationRoutes.Users, CredentialProblems.TooManyUsers);
        Add($"{AdministrationRoutes.Users}/{Id}", CredentialProblems.UserNotFound);
        Add(AdministrationRoutes.Users, CredentialProblems.CreateEmailTaken("amy@example.com"));
        Add(Batch, Problem.InvalidParameters(FindQueryErrors("?fields=batchCod")));
        Add(BatchRoutes.Path, Problem.PageTooLarge(16 << 20, fitting: 900, limit: 1_000));
        Add(Batch, Problem.InvalidBody(FindBodyErrors("""{"batchCod":"B-2026-001","rating":7}"""u8)));
        Add(Batch, EntityTags.ReadIfMatch(new HeaderDictionary { [HeaderNames.IfMatch] = "3" }).Problem!);
        Add(Batch, FindBodyProblem("""{"batchCode":"B-2026-001",}"""u8)!);
        AddText(Batch, ProblemCode.BadRequest, "Unexpected end of request content.");
        AddText(BatchRoutes.Path, ProblemCode.HostNotAllowed, "The server is not available as '203.0.113.7'.");
        AddText(Batch, ProblemCode.Unauthenticated, CredentialHints.ForMissing(new DefaultHttpContext().Request));
        AddText(Batch, ProblemCode.InvalidToken, CredentialHints.ForInvalid(Secret.KeyPrefix));
        AddText(AccessRoutes.SignIn, ProblemCode.InvalidCredentials, "Incorrect e-mail address or password.");
        AddText(
            Batch, ProblemCode.InsufficientScope, "This credential has the scope 'read'; this operation needs the scope 'write'.");
        AddText(
            Batch,
            ProblemCode.OutsidePolicy,
            WriteProblems.OutsidePolicy.Detail);
        AddText(
            $"{Batch}/history",
            ProblemCode.HistoryHidden,
            "This credential has a policy, and the history contains versions of batches that do not match it.");
        AddText(
            AccessRoutes.SignOut,
            ProblemCode.AccessTokenRequired,
            "An API key cannot sign out. It stays valid until it expires or is revoked.");
        Add(Batch, Problem.BatchNotFound);
        AddText("/batches", ProblemCode.RouteNotFound, $"There is nothing at /batches. The batches are at {BatchRoutes.Path}.");
        AddText(Batch, ProblemCode.MethodNotAllowed, $"To delete a batch, send DELETE {BatchRoutes.Path}/deleted/{{id}}.");
        Add(Batch, ContentNegotiation.FindProblem(new DefaultHttpContext { Request = { Headers = { Accept = "text/csv" } } }.Request)!);
        AddText(Batch, ProblemCode.RequestTimeout, "The body arrived too slowly.");
        Add(BatchRoutes.Path, new Problem(
            ProblemCode.BatchCodeTaken,
            $"Batch {Id} has the batchCode 'B-2026-001'. Choose another code, or change the code of that batch or delete it. Nothing was "
            + "changed.",
            taken));
        AddText(
            $"{Batch}/lease",
            ProblemCode.LeaseLost,
            "The lease has ended, or the token is not that of the current lease of the batch. Nothing was changed.");
        AddText(
            BatchRoutes.Path,
            ProblemCode.IdempotencyKeyInFlight,
            "A request with this Idempotency-Key is still in progress. Send this one again in a moment, with the same key: it gets its "
            + "response.");
        Add(Batch, Problem.VersionDiffers(4, [BatchFields.Rating.Name], EntityTags.FromVersion(3)));
        AddText(
            BatchRoutes.Path, ProblemCode.BodyTooLarge, "The body is larger than 1,048,576 bytes, or 5,242,880 bytes for an array.");
        AddText(Batch, ProblemCode.UnsupportedMediaType, BodyFormats.DescribeUnsupported("text/xml"));
        AddText(
            BatchRoutes.Path,
            ProblemCode.IdempotencyKeyReused,
            "This credential used this Idempotency-Key for a create. Use a new key for each operation, and repeat a request byte for "
            + "byte. Nothing was changed.");
        Add(Batch, new RateLimitResult([], minute, TimeSpan.FromSeconds(12)).ToProblem());
        AddText(
            BatchRoutes.Path,
            ProblemCode.TooManyLists,
            "This account has 8 lists in use, the maximum, and none became free within 2 s. Wait for the responses of earlier requests "
            + "before sending more.");
        AddText(Batch, ProblemCode.InternalError, "The server failed to process this request; its log has the reason.");
        AddText(Batch, ProblemCode.DatabaseUnavailable, "The database cannot be reached. Try again in a moment.");
        AddText(
            BatchRoutes.Path,
            ProblemCode.Overloaded,
            "The server has 32 lists in use, the maximum, and none became free within 2 s. Wait for the responses of earlier requests "
            + "before sending more.");
        Add(BatchRoutes.Path, Problem.ListTimeout(TimeSpan.FromSeconds(5)));
        AddText("/health/ready", ProblemCode.NotReady, "The database is being brought up to date. Wait a moment.");
        return examples;
    }

    private static ValidationErrors FindQueryErrors(string query)
    {
        var errors = new ValidationErrors();
        var parameters = QueryParameters.Parse(
            new QueryCollection(QueryHelpers.ParseQuery(query)), BatchParameters.Retrieve.Names, strict: true, errors);
        FieldsParameter.ParseNames(parameters[ApiParameters.Fields.Name], errors);
        return errors;
    }

    private static ValidationErrors FindBodyErrors(ReadOnlySpan<byte> body)
    {
        var errors = new ValidationErrors();
        var patch = new BatchBodyReader(strict: true).Read(new RequestBody(body.ToArray(), BodyFormat.Json), errors);
        new BatchValidator().Validate(patch.Value, partial: true, errors);
        return errors;
    }

    private static Problem? FindBodyProblem(ReadOnlySpan<byte> body) =>
        new BatchBodyReader(strict: true).Read(new RequestBody(body.ToArray(), BodyFormat.Json), new ValidationErrors()).Problem;

    private static JsonNode? WriteJson(string path, Problem problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        problem.Write(buffer, Introduction.Address + problem.Code.Path, path, TraceId);
        return JsonNode.Parse(buffer.WrittenSpan);
    }
}
