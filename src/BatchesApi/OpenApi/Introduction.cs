using BatchesApi.Batches;

namespace BatchesApi.OpenApi;

/// <summary>The description of the API, in Markdown.</summary>
internal static class Introduction
{
    /// <summary>The address of the server in the text and in examples. <see cref="OpenApiDocuments"/> replaces it with the address that the
    /// client uses.</summary>
    public const string Address = "http://localhost:5000";

    public const string Text = $"""
        A batch is a set of leads and opportunities with a manager, an assignee and a due date.

        ### First steps

        1. **Get a key.** A development server prints a key when it starts. Otherwise the operator creates one:
           `BatchesApi keys create --account NAME --name NAME`.
        2. **Authorize.** Select *Authorize* on this page and paste the key. Programs send it as `Authorization: Bearer <key>`.
        3. **Send a request.** Open an operation, select *Try it out*, then *Execute*. Or use curl:

        ```
        curl -H "Authorization: Bearer $KEY" {Address}{BatchRoutes.Path}
        curl -H "Authorization: Bearer $KEY" {Address}{BatchRoutes.Path} \
          -H "Content-Type: application/json" -d '{JsonBody}'
        ```

        ### Lists

        Lists are paginated. `limit` sets the number of records per page, and `page` selects a page. The `Link` header contains the URLs
        of the `first`, `prev`, `next` and `last` page. `sortBy` and `order` sort the list. `fields` also selects the fields to return.

        Three parameters filter a list. A record must match all of them:

        * `fields` compares fields: `assignee:amy,rating:gte:4`.
        * `p` takes a filter in MongoDB's query language: `{JsonFilter}`.
        * `q` searches text. Case and accents make no difference.

        To read a whole list, pass the `nextCursor` of each response as `cursor` in the next request, until it is null. Creates and
        deletes do not make a cursor skip or repeat records, and its cost does not depend on the depth.

        Totals are exact up to 10,000; beyond that they are estimates. `count=exact` always counts. `count=none` does not count and is
        the fastest. A list that takes too long fails with 503 `list_timeout`. `Prefer: explain` shows how the server finds the records;
        it requires a credential with the scope `write` and without a policy.

        Parameter names are case-insensitive. An empty value means that the parameter is not given. Unknown parameters are errors, unless
        the operator has configured the server to ignore them.

        ### Deletion

        `DELETE {BatchRoutes.Path}/deleted/{Id}` moves a batch to the deleted batches, which can be listed, retrieved and restored.

        ### Errors

        Error responses are `application/problem+json` (RFC 9457). `code` is a stable code, and `detail` says what is wrong and how to
        correct it. For invalid input, `errors` reports all errors together, under the names that you sent. The schema `ProblemCode` lists
        the codes.

        The [guides]({Address}/docs/) and the [pages of the codes]({Address}/problems/) explain more.
        """;

    private const string Id = "{id}";
    private const string JsonFilter = """{"rating":{"$gte":4}}""";
    private const string JsonBody = """{"batchCode":"B-2026-001","batchType":"renewal"}""";
}
