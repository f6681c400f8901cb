using System.IO.Pipelines;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using CsCheck;

namespace BatchesApi.Tests.Lists;

/// <summary>The CSV of a list reads as the same batches, whatever their texts.</summary>
public sealed class CsvRoundTripTests
{
    private static readonly string[] Pieces =
    [
        "\"", "\"\"", ",", "\r", "\n", "\r\n", ";", "|", "[", "]", "'", "=", "+", "-", "@", "\t", " ", "\uFF1D", "null", "a", "عَقْد", "😀",
        "\uFEFF", "1", "{}", "\\",
    ];

    private static readonly Gen<string> Text = Gen.Int[0, Pieces.Length - 1].Array[0, 6]
        .Select(pieces => string.Concat(pieces.Select(i => Pieces[i])));

    private static readonly Gen<string> NotEmpty = Text.Where(text => !string.IsNullOrWhiteSpace(text));

    private static readonly Gen<DateTime> Date =
        Gen.Long[0, DateTime.MaxValue.Ticks / 10].Select(microseconds => new DateTime(microseconds * 10, DateTimeKind.Utc));

    private static readonly Gen<Batch> Batches =
        from texts in Gen.Select(NotEmpty, NotEmpty)
        from optional in Text.Null().Array[4]
        from lists in Text.Where(id => id.Length > 0).Array[0, 3].Array[2]
        from date in Date
        from hasDate in Gen.Bool
        from repeated in Gen.Bool
        from rating in Gen.Int[-1, 5]
        from version in Gen.Int[1, 1_000]
        select new Batch
        {
            Id = "63a5b84c53e1218321c55572",
            BatchCode = texts.Item1,
            BatchType = texts.Item2,
            Manager = optional[0],
            Assignee = optional[1],
            Summary = optional[2],
            Notes = optional[3],
            LeadIds = lists[0],
            OpportunityIds = lists[1],
            DueDate = hasDate ? date : null,
            Repeated = repeated,
            Rating = rating < 0 ? null : rating,
            CreatedAt = date,
            UpdatedAt = date,
            DeletedAt = hasDate ? date : null,
            Version = version,
        };

    [Theory]
    [InlineData(CsvForm.Plain)]
    [InlineData(CsvForm.Spreadsheet)]
    public async Task The_CSV_of_a_list_reads_as_the_same_batches(object form) => await Batches.Array[1, 4].SampleAsync(
        async batches =>
        {
            var text = await WriteAsync(batches, (CsvForm)form);
            var read = new BatchBodyReader(strict: true, withServerFields: true)
                .ReadCsv(new StreamReader(new MemoryStream(text), Encoding.UTF8)).ToList();
            Assert.All(read, batch => Assert.Empty(batch.Errors.Lines()));
            Assert.Equal(batches.Select(ToText), read.Select(batch => ToText(batch.Patch.Values)));

            // A client may send back what it received.
            var errors = new ValidationErrors();
            var sent = new BatchBodyReader(strict: true).ReadArray(new RequestBody(text, BodyFormat.Csv), (_, _) => { }, errors);
            Assert.Empty(errors.Lines());
            Assert.Equal(batches.Select(batch => ToText(batch, FieldOrigin.Server)), sent.Value.Select(
                patch => ToText(patch.Values, FieldOrigin.Server)));
        },
        iter: 1_000,
        print: batches => string.Join("\n", batches.Select(ToText)));

    [Fact]
    public async Task A_full_page_reads_as_a_thousand_batches()
    {
        var batches = Enumerable.Range(0, 1_000).Select(i => new Batch
        {
            BatchCode = $"B-{i}",
            BatchType = "renewal",
            Notes = $"line\r\n{i}",
            LeadIds = [.. Enumerable.Range(0, i % 50).Select(lead => $"lead|{lead}")],
        }).ToArray();
        var errors = new ValidationErrors();
        var read = new BatchBodyReader(strict: true).ReadArray(
            new RequestBody(await WriteAsync(batches, CsvForm.Plain), BodyFormat.Csv), (_, _) => { }, errors);
        Assert.Empty(errors.Lines());
        Assert.Equal(batches.Select(batch => ToText(batch, FieldOrigin.Server)), read.Value.Select(
            patch => ToText(patch.Values, FieldOrigin.Server)));
        Assert.Equal("[line 2000]", read.Value[^1].ItemName);
    }

    private static async Task<byte[]> WriteAsync(IEnumerable<Batch> batches, CsvForm form)
    {
        using var rows = new PageBuffer(Plans.Of("limit=1000", deleted: true) with { Csv = form }, maxBytes: 100_000_000);
        foreach (var batch in batches)
            rows.Add(batch);
        using var output = new MemoryStream();
        var writer = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        await rows.SendAsync(writer, _ => { }, CancellationToken.None);
        await writer.CompleteAsync();
        return output.ToArray();
    }

    private static string ToText(Batch batch) => ToText(batch, without: null);

    private static string ToText(Batch batch, FieldOrigin? without) => string.Join("; ", BatchFields.All
        .Where(field => without is null || field.IsWritable)
        .Select(field => $"{field}={field.Get(batch) switch
        {
            string[] items => $"({string.Join(")(", items)})",
            string text => $"'{text}'",
            DateTime date => Rfc3339.Format(date),
            var value => $"{value}",
        }}"));
}
