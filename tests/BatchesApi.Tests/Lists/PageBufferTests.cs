using System.IO.Pipelines;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.Tests.Lists;

public sealed class PageBufferTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_beyond_the_limit_are_detected_but_not_written()
    {
        using var rows = Create(default(FieldSet).With(BatchFields.Id), limit: 2, maxBytes: 1_000);
        foreach (var id in (string[])["a", "b"])
            rows.Add(new Batch { Id = id });
        Assert.False(rows.HasMore);
        rows.Add(new Batch { Id = "c" });

        Assert.True(rows.HasMore);
        Assert.Equal((2, "b"), (rows.Count, rows.Last!.Id));
        Assert.Equal("""{"data":[{"id":"a"},{"id":"b"}]}""", await SentAsync(rows));
    }

    [Fact]
    public void A_page_that_is_too_large_reports_the_number_of_records_that_fit()
    {
        using var rows = Create(FieldSet.All, limit: 1_000, maxBytes: 100_000);
        for (var i = 0; i < 9; i++)
            rows.Add(Large());
        var exception = Assert.Throws<PageTooLargeException>(() => rows.Add(Large()));
        Assert.Equal((100_000, 9), (exception.MaxBytes, exception.Fitting));
    }

    [Fact]
    public async Task A_single_record_is_never_too_large()
    {
        using var rows = Create(FieldSet.All, limit: 1, maxBytes: 100);
        rows.Add(new Batch { Notes = new string('x', 10_000) });
        rows.Add(new Batch());

        Assert.Equal((1, true), (rows.Count, rows.HasMore));
        Assert.InRange((await SentAsync(rows)).Length, 10_000, 11_000);
    }

    [Fact]
    public async Task The_length_is_known_before_the_first_byte_is_sent()
    {
        using var rows = Create(FieldSet.All, limit: 100, maxBytes: 10_000_000);
        for (var i = 0; i < 100; i++)
            rows.Add(new Batch { Notes = new string('é', i * 100) });
        var output = new MemoryStream();
        long? length = null;
        var writer = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        await rows.SendAsync(
            writer,
            bytes =>
            {
                Assert.Equal(0, output.Length);
                length = bytes;
            },
            Cancellation);
        await writer.CompleteAsync();
        Assert.Equal(output.Length, length);
    }

    [Fact]
    public void A_page_of_CSV_has_the_same_limit()
    {
        using var rows = Create(FieldSet.All, limit: 1_000, maxBytes: 100_000, CsvForm.Plain);
        for (var i = 0; i < 9; i++)
            rows.Add(Large());
        var exception = Assert.Throws<PageTooLargeException>(() => rows.Add(Large()));
        Assert.Equal((100_000, 9), (exception.MaxBytes, exception.Fitting));
    }

    [Fact]
    public async Task A_page_of_CSV_has_a_header_and_the_kept_fields()
    {
        using var rows = Create(FieldSet.All.Without(BatchFields.Notes), limit: 1, maxBytes: 1_000, CsvForm.Plain);
        rows.Add(new Batch { Id = "a", BatchCode = "B-1", BatchType = "renewal", Rating = 4, LeadIds = ["x", "y"] });
        rows.Add(new Batch());

        Assert.True(rows.HasMore);
        Assert.Equal(
            "id,batchCode,batchType,manager,assignee,dueDate,repeated,summary,leadIds,opportunityIds,rating,createdAt,updatedAt,version\r\n"
            + "a,B-1,renewal,,,,false,,x|y,,4,0001-01-01T00:00:00Z,0001-01-01T00:00:00Z,0\r\n",
            await SentAsync(rows));
    }

    private static PageBuffer Create(FieldSet keep, int limit, long maxBytes, CsvForm? csv = null) =>
        new(Plans.Of("") with { Keep = keep, Limit = limit, Csv = csv }, maxBytes);

    private static Batch Large() => new() { Notes = new string('x', 10_000) };

    private static async Task<string> SentAsync(PageBuffer rows)
    {
        rows.Json?.WriteEndArray();
        rows.Json?.WriteEndObject();
        using var output = new MemoryStream();
        var writer = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        await rows.SendAsync(writer, _ => { }, Cancellation);
        await writer.CompleteAsync();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
