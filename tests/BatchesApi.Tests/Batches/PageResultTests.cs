using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Lists;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Batches;

public sealed class PageResultTests
{
    private const string Path = "/api/v2/batches";
    private const string Address = $"http://api.test{Path}";

    [Theory]

    // The only page, the first, one in the middle and the last.
    [InlineData(1, 20, 3L, false, "first=1 last=1")]
    [InlineData(1, 20, 57L, true, "first=1 next=2 last=3")]
    [InlineData(2, 20, 57L, true, "first=1 prev=1 next=3 last=3")]
    [InlineData(3, 20, 57L, false, "first=1 prev=2 last=3")]
    [InlineData(2, 20, 40L, false, "first=1 prev=1 last=2")]
    [InlineData(2, 20, 41L, true, "first=1 prev=1 next=3 last=3")]
    [InlineData(1, 1, 2147483648L, true, "first=1 next=2 last=2147483648")]

    // An empty list has no last page.
    [InlineData(1, 20, 0L, false, "first=1")]

    // After the end, the previous page is the last one.
    [InlineData(4, 20, 57L, false, "first=1 prev=3 last=3")]
    [InlineData(int.MaxValue, 20, 57L, false, "first=1 prev=3 last=3")]
    [InlineData(5, 20, 0L, false, "first=1 prev=1")]

    // The last page is unknown without a count.
    [InlineData(1, 20, null, false, "first=1")]
    [InlineData(1, 20, null, true, "first=1 next=2")]
    [InlineData(7, 20, null, true, "first=1 prev=6 next=8")]
    [InlineData(7, 20, null, false, "first=1 prev=6")]
    public async Task Links_lead_to_the_adjacent_pages(int page, int limit, long? total, bool hasNext, string expected)
    {
        var result = new PageResult(Rows(), page, limit, total is { } count ? (count, true) : null, hasNext ? "after" : null);

        var context = await new ResponseContext(Path).WithAsync(result);

        var links = expected.Split(' ').Select(link => link.Split('=')).Select(link => $"<{Address}?page={link[1]}>; rel=\"{link[0]}\"");
        Assert.Equal(string.Join(", ", links), context.Http.Response.Headers.Link);
    }

    [Theory]
    [InlineData("?limit=5&sortBy=rating%2CdueDate&order=asc", "?limit=5&sortBy=rating%2CdueDate&order=asc&page=1")]
    [InlineData("?page=1&limit=5", "?limit=5&page=1")]
    [InlineData("?limit=5&PAGE=1&count=exact", "?limit=5&count=exact&page=1")]
    [InlineData("?x=a+b%26c%3D%22%3E&y=%C3%A9", "?x=a%20b%26c%3D%22%3E&y=%C3%A9&page=1")]
    [InlineData("?x=", "?x=&page=1")]
    [InlineData("?x", "?x=&page=1")]
    [InlineData("?x=1&x=2", "?x=1&x=2&page=1")]
    [InlineData("?SortBy=rating", "?SortBy=rating&page=1")]
    public async Task Links_keep_all_other_parameters(string query, string expected)
    {
        var context = await new ResponseContext(Path, query).WithAsync(new PageResult(Rows(), 1, 20, null, NextCursor: null));

        Assert.Equal($"<{Address}{expected}>; rel=\"first\"", context.Http.Response.Headers.Link);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Links_are_omitted_if_a_target_is_longer_than_2_KiB(int more, bool expected)
    {
        var length = 2_048 - $"{Address}?x=&page=10".Length + more;

        // The target of the first page fits in both cases; the target of the next page is one character longer.
        var context = await new ResponseContext(Path, $"?x={new string('a', length)}")
            .WithAsync(new PageResult(Rows(), 9, 20, null, NextCursor: "after"));

        Assert.Equal(expected, context.Http.Response.Headers.ContainsKey("Link"));
        Assert.Equal(9, context.Json.GetProperty("page").GetInt32());
    }

    [Fact]
    public async Task A_counted_page_has_the_total()
    {
        var rows = Rows(default(FieldSet).With(BatchFields.Id), new Batch { Id = "a" }, new Batch { Id = "b" });

        var context = await new ResponseContext(Path).WithAsync(new PageResult(rows, 3, 20, (57, true), NextCursor: null));

        Assert.Equal(200, context.Http.Response.StatusCode);
        Assert.Equal("application/json", context.Http.Response.ContentType);
        Assert.Equal("57", context.Http.Response.Headers["X-Total-Count"]);
        var response = context.Json;
        Assert.Equal("""[{"id":"a"},{"id":"b"}]""", response.GetProperty("data").GetRawText());
        Assert.Equal(3, response.GetProperty("page").GetInt32());
        Assert.Equal(20, response.GetProperty("limit").GetInt32());
        Assert.Equal(57, response.GetProperty("total").GetInt32());
        Assert.True(response.GetProperty("totalIsExact").GetBoolean());
        Assert.Equal(3, response.GetProperty("pages").GetInt32());
        Assert.Equal(JsonValueKind.Null, response.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task An_estimated_total_has_no_number_of_pages_and_no_last_link()
    {
        var context = await new ResponseContext(Path).WithAsync(new PageResult(Rows(), 3, 20, (123_456, false), NextCursor: "after"));

        Assert.Equal("123456", context.Http.Response.Headers["X-Total-Count"]);
        Assert.Equal(
            """{"data":[],"page":3,"limit":20,"total":123456,"totalIsExact":false,"pages":null,"nextCursor":"after"}""",
            context.Json.GetRawText());
        Assert.Equal(
            $"<{Address}?page=1>; rel=\"first\", <{Address}?page=2>; rel=\"prev\", <{Address}?page=4>; rel=\"next\"",
            context.Http.Response.Headers.Link);
    }

    [Theory]
    [InlineData("?limit=5&cursor=before", "after", "?limit=5&page=1", "?limit=5&cursor=after")]
    [InlineData("?Cursor=before&q=a%20b", "after", "?q=a%20b&page=1", "?q=a%20b&cursor=after")]
    [InlineData("?cursor=before", null, "?page=1", null)]
    public async Task A_page_at_a_cursor_has_no_number_and_only_first_and_next_links(
        string query, string? nextCursor, string first, string? next)
    {
        var context = await new ResponseContext(Path, query).WithAsync(new PageResult(Rows(), Page: null, 5, (57, true), nextCursor));

        Assert.False(context.Json.TryGetProperty("page", out _));
        Assert.Equal(12, context.Json.GetProperty("pages").GetInt32());
        Assert.Equal(
            $"<{Address}{first}>; rel=\"first\"" + (next is null ? "" : $", <{Address}{next}>; rel=\"next\""),
            context.Http.Response.Headers.Link);
    }

    [Fact]
    public async Task An_empty_list_has_no_pages()
    {
        var context = await new ResponseContext(Path).WithAsync(new PageResult(Rows(), 1, 20, (0, true), NextCursor: null));

        Assert.Equal("[]", context.Json.GetProperty("data").GetRawText());
        Assert.Equal(0, context.Json.GetProperty("total").GetInt32());
        Assert.Equal(0, context.Json.GetProperty("pages").GetInt32());
        Assert.Equal("0", context.Http.Response.Headers["X-Total-Count"]);
    }

    [Fact]
    public async Task A_page_without_a_count_has_no_total()
    {
        var context = await new ResponseContext(Path).WithAsync(new PageResult(Rows(), 1, 20, null, NextCursor: "after"));

        Assert.False(context.Http.Response.Headers.ContainsKey("X-Total-Count"));
        Assert.All(["total", "totalIsExact", "pages"], name => Assert.False(context.Json.TryGetProperty(name, out _)));
    }

    [Fact]
    public async Task A_large_page_is_sent_in_small_parts()
    {
        var notes = new string('x', 10_000);
        using var rows = Rows(FieldSet.All, [.. Enumerable.Range(0, 100).Select(_ => new Batch { Notes = notes })]);
        using var body = new PartsStream();
        var http = new DefaultHttpContext { Response = { Body = body } };

        await new PageResult(rows, 1, 100, null, NextCursor: null).ExecuteAsync(http);
        await http.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(body.Length, http.Response.ContentLength);
        Assert.InRange(body.LargestPart, 1, 64 * 1024);
        Assert.Equal(100, JsonElement.Parse(body.ToArray()).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task The_next_page_of_CSV_is_a_link_with_the_cursor()
    {
        var plan = Plans.Of("") with { Csv = CsvForm.Plain, Keep = default(FieldSet).With(BatchFields.Id) };
        var rows = new PageBuffer(plan, maxBytes: 1_000);
        rows.Add(new Batch { Id = "a" });

        var context = await new ResponseContext(Path, "?page=2&q=x").WithAsync(new PageResult(rows, 2, 20, (57, true), "after"));

        Assert.Equal("id\r\na\r\n", context.Body);
        Assert.Equal("text/csv; charset=utf-8; header=present", context.Http.Response.ContentType);
        Assert.Equal("57", context.Http.Response.Headers["X-Total-Count"]);
        Assert.Equal(
            $"<{Address}?q=x&page=1>; rel=\"first\", <{Address}?q=x&page=1>; rel=\"prev\", <{Address}?q=x&cursor=after>; rel=\"next\", "
            + $"<{Address}?q=x&page=3>; rel=\"last\"",
            context.Http.Response.Headers.Link);
    }

    [Theory]
    [InlineData(null, "after", null)]
    [InlineData(CsvForm.Plain, "after", "next")]
    [InlineData(CsvForm.Plain, null, null)]
    public async Task Only_CSV_keeps_a_long_link_to_the_next_page(object? csv, string? cursor, string? relation)
    {
        var rows = new PageBuffer(Plans.Of("") with { Csv = (CsvForm?)csv }, maxBytes: 1_000);
        var query = $"?q={new string('x', 2_048)}";

        var context = await new ResponseContext(Path, query).WithAsync(new PageResult(rows, 2, 20, (57, true), cursor));

        Assert.Equal(
            relation is null ? "" : $"<{Address}{query}&cursor=after>; rel=\"{relation}\"", context.Http.Response.Headers.Link.ToString());
    }

    private static PageBuffer Rows(FieldSet? keep = null, params Batch[] batches)
    {
        var rows = new PageBuffer(Plans.Of("limit=1000") with { Keep = keep ?? FieldSet.All }, maxBytes: 16 * 1024 * 1024);
        foreach (var batch in batches)
            rows.Add(batch);
        return rows;
    }

    /// <summary>Measures the bytes between two flushes.</summary>
    private sealed class PartsStream : MemoryStream
    {
        private long _flushed;

        public long LargestPart { get; private set; }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            LargestPart = Math.Max(LargestPart, Length - _flushed);
            _flushed = Length;
            return Task.CompletedTask;
        }
    }
}
