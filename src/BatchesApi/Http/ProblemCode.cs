namespace BatchesApi.Http;

/// <summary>The closed catalogue of problems (specification, section 5). <c>docs/errors.md</c> publishes it.</summary>
/// <param name="Name">The stable identifier for programs: the member <c>code</c> of a problem.</param>
/// <param name="Status">The HTTP status, always the same.</param>
/// <param name="Title">The meaning in a few words, always the same.</param>
/// <param name="Remedy">The recommended action of the client.</param>
internal sealed record ProblemCode(string Name, int Status, string Title, string Remedy)
{
    /// <summary>The path of the page that lists the codes.</summary>
    public const string PagesPath = "/problems";

    private static readonly List<ProblemCode> Catalogue = [];

    public static readonly ProblemCode InvalidParameter = Add("invalid_parameter", 400, "A query parameter is invalid.",
        "Correct the parameters named in `errors`.");

    public static readonly ProblemCode PageTooLarge = Add("page_too_large", 400, "The page is too large.",
        "Request fewer records with `limit`, or fewer fields with `fields`. Send or claim fewer batches in one request.");

    public static readonly ProblemCode InvalidBody = Add("invalid_body", 400, "A field of the body is invalid.",
        "Correct the fields named in `errors`, which lists all errors.");

    public static readonly ProblemCode InvalidHeader = Add("invalid_header", 400, "A header is invalid.",
        "Correct the headers named in `errors`.");

    public static readonly ProblemCode MalformedBody = Add("malformed_body", 400, "The body cannot be parsed.",
        "Send one JSON object in UTF-8, an array of objects or CSV to create several batches, or a form. `detail` describes the error.");

    public static readonly ProblemCode TooManyMatched = Add("too_many_matched", 400, "Too many batches match.",
        "Narrow `where`, and repeat until all are changed. `matched` is the number of matching batches.");

    public static readonly ProblemCode BadRequest = Add("bad_request", 400, "The request is malformed.",
        "Send well-formed HTTP. `detail` describes the error.");

    public static readonly ProblemCode HostNotAllowed = Add("host_not_allowed", 400, "The host of the request is not allowed.",
        "Use the address that the operator has published.");

    public static readonly ProblemCode Unauthenticated = Add("unauthenticated", 401, "A credential is required.",
        "Send `Authorization: Bearer <API key>`, or the access token from `POST /api/v2/signin`.");

    public static readonly ProblemCode InvalidToken = Add("invalid_token", 401, "The credential is invalid.",
        "Check the key for typing errors. If it has expired or was revoked, ask the operator for a new one, or sign in again.");

    public static readonly ProblemCode InvalidCredentials = Add("invalid_credentials", 401, "Incorrect e-mail address or password.",
        "Check both. If the password is lost, an administrator can set another: `PATCH /api/v2/users/{id}`.");

    public static readonly ProblemCode InsufficientScope = Add("insufficient_scope", 403, "The credential lacks the required scope.",
        "Use a credential with the scope that `detail` names.");

    public static readonly ProblemCode OutsidePolicy = Add("outside_policy", 403, "The batch does not match the policy of the credential.",
        "Set values that match the policy. `GET /api/v2/keys/me` returns it.");

    public static readonly ProblemCode HistoryHidden = Add("history_hidden", 403, "Credentials with a policy cannot read histories.",
        "Use a key without a policy.");

    public static readonly ProblemCode AccessTokenRequired = Add("access_token_required", 403,
        "The operation needs the access token of a user.",
        "Sign in, and send the access token. An API key cannot sign out, and has no password.");

    public static readonly ProblemCode BatchNotFound = Add("batch_not_found", 404, "There is no such batch.",
        "Check the id. Deleted batches are found only under `/api/v2/batches/deleted`, and active batches are not found there.");

    public static readonly ProblemCode ChangeNotFound = Add("change_not_found", 404, "There is no such change.",
        "Use the `changeId` of a response or of a history entry. A change can be undone as long as the history is kept.");

    public static readonly ProblemCode WebhookNotFound = Add("webhook_not_found", 404, "There is no such webhook.",
        "Check the id. `GET /api/v2/webhooks` lists the webhooks of the account.");

    public static readonly ProblemCode DeliveryNotFound = Add("delivery_not_found", 404, "There is no such delivery.",
        "Check the id. `GET /api/v2/webhooks/{id}/deliveries` lists the deliveries of the last 30 days.");

    public static readonly ProblemCode KeyNotFound = Add("key_not_found", 404, "There is no such API key.",
        "Check the id. `GET /api/v2/keys` lists the keys of the account.");

    public static readonly ProblemCode UserNotFound = Add("user_not_found", 404, "There is no such user.",
        "Check the id. `GET /api/v2/users` lists the users of the account.");

    public static readonly ProblemCode RouteNotFound = Add("route_not_found", 404, "There is nothing at this address.",
        "Check the path against the OpenAPI document at `/swagger`.");

    public static readonly ProblemCode MethodNotAllowed = Add("method_not_allowed", 405, "This address does not support the method.",
        "Use a method from the `Allow` header.");

    public static readonly ProblemCode NotAcceptable = Add("not_acceptable", 406,
        "The response is not available in an accepted media type.",
        "Accept `application/json`. Lists and groups are also available as `text/csv`.");

    public static readonly ProblemCode RequestTimeout = Add("request_timeout", 408, "The request took too long to arrive.",
        "Send it again over a better connection.");

    public static readonly ProblemCode BatchCodeTaken = Add("batch_code_taken", 409, "Another batch has this code.",
        "Choose another `batchCode`, or change or delete the batch that has it.");

    public static readonly ProblemCode CountDiffers = Add("count_differs", 409, "Another number of batches matches than expected.",
        "Check the selection. `matched` is the number of matching batches.");

    public static readonly ProblemCode LeaseLost = Add("lease_lost", 409, "The lease has ended.",
        "Stop working on the batch, and claim again. Extend leases in time.");

    public static readonly ProblemCode TooManyWebhooks = Add("too_many_webhooks", 409, "The account has too many webhooks.",
        "Delete a webhook that is not needed. An account can have 100.");

    public static readonly ProblemCode TooManyKeys = Add("too_many_keys", 409, "The account has too many API keys.",
        "Revoke keys that are not needed. An account can have 1,000 that are neither revoked nor expired.");

    public static readonly ProblemCode KeyRevoked = Add("key_revoked", 409, "The API key is revoked.",
        "Create another key. A revoked key cannot be changed.");

    public static readonly ProblemCode KeyExpired = Add("key_expired", 409, "The API key has expired.",
        "Set a later `expiresAt` first, or create another key.");

    public static readonly ProblemCode TooManyUsers = Add("too_many_users", 409, "The account has too many users.",
        "Disable users who are not needed. An account can have 10,000 that are enabled.");

    public static readonly ProblemCode EmailTaken = Add("email_taken", 409, "Another user has this e-mail address.",
        "Change the user that has it, or use another address.");

    public static readonly ProblemCode IdempotencyKeyInFlight = Add("idempotency_key_in_flight", 409,
        "A request with this idempotency key is in progress.",
        "Send it again in a moment. It gets the response of the first request.");

    public static readonly ProblemCode CursorExpired = Add("cursor_expired", 410, "Changes after the cursor are no longer kept.",
        "Begin again with `since=start`, and replace your copy.");

    public static readonly ProblemCode VersionDiffers = Add("version_differs", 412, "The batch has another version.",
        "Retrieve the batch, and decide whether to repeat the change. `version` is the current version; `changed` lists the fields that "
        + "have changed since the expected one (not for credentials with a policy).");

    public static readonly ProblemCode BodyTooLarge = Add("body_too_large", 413, "The body is too large.",
        "Send at most 1 MiB, or 5 MiB for an array.");

    public static readonly ProblemCode UnsupportedMediaType = Add("unsupported_media_type", 415,
        "The media type of the body is not supported.",
        "Send `application/json`, `application/*+json` or `application/x-www-form-urlencoded`, in UTF-8.");

    public static readonly ProblemCode IdempotencyKeyReused = Add("idempotency_key_reused", 422,
        "The idempotency key was used for another request.",
        "Use a new key for each operation. A retry with the same key must repeat the request byte for byte.");

    public static readonly ProblemCode RateLimited = Add("rate_limited", 429, "Too many requests.",
        "Wait for the seconds in `Retry-After`. The header `RateLimit` of every response contains the remaining quota.");

    public static readonly ProblemCode TooManyLists = Add("too_many_lists", 429, "The account has too many lists in flight.",
        "Wait for the seconds in `Retry-After`, and for the responses of earlier lists, before sending more.");

    public static readonly ProblemCode InternalError = Add("internal_error", 500, "Internal server error.",
        "Try again. If the error persists, report the `traceId` to the operator.");

    public static readonly ProblemCode DatabaseUnavailable = Add("database_unavailable", 503, "The database is unavailable.",
        "Try again after the seconds in `Retry-After`. A write may or may not have been applied: check before you repeat it.");

    public static readonly ProblemCode Overloaded = Add("overloaded", 503, "The server, or the account's share of it, is overloaded.",
        "Try again after the seconds in `Retry-After`, with fewer requests at the same time. Nothing was changed.");

    public static readonly ProblemCode ListTimeout = Add("list_timeout", 503, "The list timed out.",
        "Narrow it: filter by a field that equals a value or by text of three letters or more, sort by one field, use `cursor` instead "
        + "of a high `page`, and `count=none` instead of `exact`. `Prefer: explain` describes how a list is found.");

    public static readonly ProblemCode NotReady = Add("not_ready", 503, "The server is not ready.",
        "Wait until `/health/ready` returns 200.");

    public static IReadOnlyList<ProblemCode> All => Catalogue;

    /// <summary>The path of the page that explains the code. Its URL is the type of the problem (RFC 9457, section 3.1.1).</summary>
    public PathString Path { get; } = $"{PagesPath}/{Name}";

    private static ProblemCode Add(string name, int status, string title, string remedy)
    {
        var code = new ProblemCode(name, status, title, remedy);
        Catalogue.Add(code);
        return code;
    }
}
