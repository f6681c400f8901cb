using BatchesApi.Batches;

namespace BatchesApi.OpenApi;

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
        `first`, `prev`, `next` and `last`. `sortBy` and `order` sort, `fields` keeps only some fields of each record.

        Three parameters filter, and a record must meet all of them: `fields` (`assignee:amy,rating:gte:4`), `p` in MongoDB's query
        language (`{JsonFilter}`), and `q`, which searches text whatever its case and accents.

        To go through a whole list, give `nextCursor` of each answer as `cursor` of the next request, until it is null: nothing is
        skipped or repeated while others write, and a page costs the same however far down it is. Totals are exact up to 10,000;
        `count=exact` counts on, `count=none` is the fastest. A list that takes too long is given up with 503 `list_timeout`;
        `Prefer: explain` tells how a list is found.

        Parameters' names may be written in any case; an empty value is as if not given; an unknown parameter is an error that names
        the nearest known one.

        ### Deletion

        `DELETE {BatchRoutes.Path}/deleted/{Id}` moves a batch to the deleted ones, which have operations of their own, *restore*
        among them.

        ### Errors

        Every error is `application/problem+json` (RFC 9457) with a stable `code`, a `detail` that says what was wrong and what would
        be right, and, for bad input, all faults at once in `errors`, under the names that you sent. The schema `Problem` lists the
        codes.
        """;

    private const string Id = "{id}";
    private const string JsonFilter = """{"rating":{"$gte":4}}""";
    private const string JsonBody = """{"batchCode":"B-2026-001","batchType":"renewal"}""";
}
