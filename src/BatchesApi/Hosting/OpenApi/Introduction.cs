using BatchesApi.Batches;

namespace BatchesApi.Hosting.OpenApi;

/// <summary>What the document says to a reader who is new here.</summary>
internal static class Introduction
{
    /// <summary>The description of the API, in Markdown.</summary>
    public const string Text = $"""
        Batches are packets of leads and opportunities, given to a manager and an assignee with a due date.

        ### First steps

        1. **Get a key.** A server started for development prints one. Elsewhere the operator makes one:
           `BatchesApi keys create --account NAME --name NAME`.
        2. **Authorize.** Press *Authorize* here and paste the key. Programs send it as `Authorization: Bearer <key>`.
        3. **Call.** Open an operation, press *Try it out*, then *Execute*. The same by hand:

        ```
        curl -H "Authorization: Bearer $KEY" http://localhost:5000{BatchRoutes.Path}
        curl -H "Authorization: Bearer $KEY" http://localhost:5000{BatchRoutes.Path} \
          --json '{JsonBody}'
        ```

        ### Lists

        A list comes in pages: `limit` says how many records one holds, `page` which one it is, and the header `Link` leads to the
        `first`, `prev`, `next` and `last`. `sortBy` and `order` sort, `fields` keeps only some fields of each record. Parameters'
        names may be written in any case; an empty value is as if not given; an unknown parameter is an error that names the nearest
        known one.

        ### Deletion

        `DELETE {BatchRoutes.Path}/deleted/{Id}` moves a batch to the deleted ones, which have operations of their own, *restore*
        among them.

        ### Errors

        Every error is `application/problem+json` (RFC 9457) with a stable `code`, a `detail` that says what was wrong and what would
        be right, and, for bad input, all faults at once in `errors`, under the names that you sent. The schema `Problem` lists the
        codes.
        """;

    private const string Id = "{id}";
    private const string JsonBody = """{"batchCode":"B-2026-001","batchType":"renewal"}""";
}
