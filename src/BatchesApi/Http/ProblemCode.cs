namespace BatchesApi.Http;

/// <summary>The closed catalogue of what can go wrong (specification, section 5). <c>docs/errors.md</c> publishes it.</summary>
/// <param name="Name">The stable word that programs compare: the member <c>code</c> of a problem.</param>
/// <param name="Status">The HTTP status that it always comes with.</param>
/// <param name="Title">What it means in a few words, the same every time.</param>
/// <param name="Remedy">What the client can do about it.</param>
internal sealed record ProblemCode(string Name, int Status, string Title, string Remedy)
{
    private static readonly List<ProblemCode> Catalogue = [];

    public static readonly ProblemCode InvalidParameter = Add("invalid_parameter", 400, "A query parameter is not valid.",
        "Correct the parameters named in `errors`.");

    public static readonly ProblemCode PageTooLarge = Add("page_too_large", 400, "The page has too many bytes.",
        "Ask for fewer records with `limit`, or for fewer fields with `fields`.");

    public static readonly ProblemCode InvalidBody = Add("invalid_body", 400, "A field of the body is not valid.",
        "Correct the fields named in `errors`; all faults are listed at once.");

    public static readonly ProblemCode InvalidHeader = Add("invalid_header", 400, "A header is not valid.",
        "Correct the headers named in `errors`.");

    public static readonly ProblemCode MalformedBody = Add("malformed_body", 400, "The body cannot be read.",
        "Send one JSON object in UTF-8, an array of them to create several, or a form; `detail` says where reading ended.");

    public static readonly ProblemCode BadRequest = Add("bad_request", 400, "The request cannot be read.",
        "Send well-formed HTTP; `detail` says what was not.");

    public static readonly ProblemCode Unauthenticated = Add("unauthenticated", 401, "A credential is needed.",
        "Send `Authorization: Bearer <API key>`, or the access token that `POST /api/v2/signin` gave.");

    public static readonly ProblemCode InvalidToken = Add("invalid_token", 401, "The credential is not valid.",
        "Check the key for typing errors; ask the operator for a new one where it has expired or was revoked, or sign in again.");

    public static readonly ProblemCode InvalidCredentials = Add("invalid_credentials", 401, "The e-mail address or the password is wrong.",
        "Check both. The operator makes users, and sets another password by making the user anew.");

    public static readonly ProblemCode InsufficientScope = Add("insufficient_scope", 403, "The credential may only read.",
        "Use a key with the scope `write`.");

    public static readonly ProblemCode OutsidePolicy = Add("outside_policy", 403, "The batch would lie outside the policy of the credential.",
        "Give the batch values that the policy admits: `GET /api/v2/keys/me` shows it.");

    public static readonly ProblemCode HistoryHidden = Add("history_hidden", 403, "The history is not for credentials with a policy.",
        "Use a key without a policy.");

    public static readonly ProblemCode AccessTokenRequired = Add("access_token_required", 403, "Only an access token can sign out.",
        "An API key stays valid until it expires or the operator revokes it.");

    public static readonly ProblemCode BatchNotFound = Add("batch_not_found", 404, "There is no such batch.",
        "Check the id. Deleted batches are found under `/api/v2/batches/deleted` only, and living ones not there.");

    public static readonly ProblemCode RouteNotFound = Add("route_not_found", 404, "There is nothing at this address.",
        "Check the path against the OpenAPI document at `/swagger`.");

    public static readonly ProblemCode MethodNotAllowed = Add("method_not_allowed", 405, "This address does not take this method.",
        "Use a method that the `Allow` header names.");

    public static readonly ProblemCode NotAcceptable = Add("not_acceptable", 406, "The answer cannot be given in an accepted media type.",
        "Accept `application/json`.");

    public static readonly ProblemCode RequestTimeout = Add("request_timeout", 408, "The request took too long to arrive.",
        "Send it again over a better connection.");

    public static readonly ProblemCode BatchCodeTaken = Add("batch_code_taken", 409, "Another batch has this code.",
        "Choose another `batchCode`, or change or delete the batch that has it.");

    public static readonly ProblemCode IdempotencyKeyInFlight = Add("idempotency_key_in_flight", 409, "A request with this idempotency key is being served.",
        "Send it again in a moment; it will be answered as the first one.");

    public static readonly ProblemCode VersionDiffers = Add("version_differs", 412, "The batch has another version.",
        "Retrieve it: `version` is the version that it has, `changed` names the fields that changed since "
        + "(not for a credential with a policy). Then decide anew.");

    public static readonly ProblemCode BodyTooLarge = Add("body_too_large", 413, "The body is too large.",
        "Send at most 1 MiB, or 5 MiB for an array.");

    public static readonly ProblemCode UnsupportedMediaType = Add("unsupported_media_type", 415, "The body's media type is not read here.",
        "Send `application/json`, `application/*+json` or `application/x-www-form-urlencoded`, in UTF-8.");

    public static readonly ProblemCode IdempotencyKeyReused = Add("idempotency_key_reused", 422, "The idempotency key was used for another request.",
        "Use a new key for each thing to do; send again with the same key only what was sent with it, byte for byte.");

    public static readonly ProblemCode RateLimited = Add("rate_limited", 429, "Too many requests.",
        "Wait for the seconds in `Retry-After`; `RateLimit` tells in every answer what is left.");

    public static readonly ProblemCode TooManyLists = Add("too_many_lists", 429, "The account has too many lists in flight.",
        "Wait for the seconds in `Retry-After`, and for the responses of earlier lists before sending more.");

    public static readonly ProblemCode InternalError = Add("internal_error", 500, "The server failed.",
        "Try again; if it stays, tell the operator the `traceId`.");

    public static readonly ProblemCode DatabaseUnavailable = Add("database_unavailable", 503, "The database is away.",
        "Try again after the seconds in `Retry-After`. Whether a write was applied can be unknown: look before repeating it.");

    public static readonly ProblemCode Overloaded = Add("overloaded", 503, "The server, or the account's share of it, has more work than it can do.",
        "Try again after the seconds in `Retry-After`, with fewer requests at the same time. Nothing was changed.");

    public static readonly ProblemCode ListTimeout = Add("list_timeout", 503, "The list takes too long.",
        "Narrow it: filter by a field that equals a value or by text of three letters or more, sort by one field, use `cursor` instead of a high "
        + "`page`, `count=none` instead of `exact`. `Prefer: explain` tells how a list is found.");

    public static readonly ProblemCode NotReady = Add("not_ready", 503, "The server is not ready.",
        "Wait until `/health/ready` answers 200.");

    /// <summary>Every code.</summary>
    public static IReadOnlyList<ProblemCode> All => Catalogue;

    /// <summary>The URI that identifies the type of problem (RFC 9457, section 3.1.1).</summary>
    public string Type => $"urn:batches-api:problem:{Name}";

    private static ProblemCode Add(string name, int status, string title, string remedy)
    {
        var code = new ProblemCode(name, status, title, remedy);
        Catalogue.Add(code);
        return code;
    }
}
