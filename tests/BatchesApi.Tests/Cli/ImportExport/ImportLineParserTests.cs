using System.Text;
using BatchesApi.Cli.ImportExport;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Tests.Cli.ImportExport;

public sealed class ImportLineParserTests
{
    private const string Id = "63a5b84c53e1218321c55572";

    private static readonly DateTime Now = new(2026, 11, 23, 9, 30, 0, DateTimeKind.Utc);

    private readonly ObjectIdGenerator _ids = new(new ManualClock(Now));

    [Fact]
    public void A_batch_as_the_server_returns_it_is_kept_in_full()
    {
        const string Line =
            "{\"id\":\"" + Id + "\",\"batchCode\":\"B-1\",\"batchType\":\"renewal\",\"manager\":\"amy\","
            + "\"assignee\":null,\"dueDate\":\"2026-12-01T00:00:00.000001Z\","
            + "\"repeated\":true,\"summary\":\"é\",\"notes\":\"a\\nb\",\"leadIds\":[\"l2\",\"l1\"],\"opportunityIds\":[],\"rating\":5,"
            + "\"createdAt\":\"2020-01-02T03:04:05Z\",\"updatedAt\":\"2021-01-02T03:04:05.5Z\","
            + "\"deletedAt\":\"2022-01-02T03:04:05Z\",\"version\":7}";

        var line = Read(Line);

        Assert.Empty(line.Errors);
        Assert.Equal((4, 42, true), (line.Number, line.Batch.AccountId, line.HasId));
        Assert.Equal(Line, Json(line.Batch));
    }

    [Fact]
    public void Missing_server_fields_get_the_values_of_a_new_batch()
    {
        var line = Read("""{"batchCode":"B-1","batchType":"renewal"}""");

        Assert.Empty(line.Errors);
        Assert.False(line.HasId);
        Assert.True(ObjectIdGenerator.IsValid(line.Batch.Id));
        Assert.Equal((Now, Now, null, 1), (line.Batch.CreatedAt, line.Batch.UpdatedAt, line.Batch.DeletedAt, line.Batch.Version));
        Assert.Equal(([], []), (line.Batch.LeadIds, line.Batch.OpportunityIds));
        Assert.NotEqual(line.Batch.Id, Read("""{"batchCode":"B-1","batchType":"renewal"}""").Batch.Id);
    }

    [Fact]
    public void A_missing_updatedAt_equals_createdAt() => Assert.Equal(
        new DateTime(2020, 1, 2, 0, 0, 0, DateTimeKind.Utc),
        Read("""{"batchCode":"B-1","batchType":"renewal","createdAt":"2020-01-02"}""").Batch.UpdatedAt);

    [Theory]
    [InlineData("id")]
    [InlineData("createdAt")]
    [InlineData("updatedAt")]
    [InlineData("deletedAt")]
    [InlineData("version")]
    public void A_null_server_field_counts_as_missing(string name)
    {
        var line = Read($$"""{"batchCode":"B-1","batchType":"renewal","{{name}}":null}""");

        Assert.Empty(line.Errors);
        Assert.False(line.HasId);
        Assert.Equal((Now, Now, null, 1), (line.Batch.CreatedAt, line.Batch.UpdatedAt, line.Batch.DeletedAt, line.Batch.Version));
    }

    [Theory]
    [InlineData("{}", "batchCode is required.", "batchType is required.")]
    [InlineData("""{"batchCode":" ","batchType":"x","rating":6}""", "batchCode must not be blank.",
        "rating must be between 0 and 5, but is 6.")]
    [InlineData("""{"batchCode":"B","batchType":"x","colour":"red"}""", "colour is not a field of a batch.")]
    [InlineData("""{"batchCode":"B","batchType":"x","id":"63A5B84C53E1218321C55572"}""", "id must be 24 lowercase hexadecimal digits.")]
    [InlineData("""{"batchCode":"B","batchType":"x","id":""}""", "id must be 24 lowercase hexadecimal digits.")]
    [InlineData("""{"batchCode":"B","batchType":"x","id":1}""", "id must be a string or null, but is 1. Send it in quotes: \"1\".")]
    [InlineData("""{"batchCode":"B","batchType":"x","version":0}""", "version must be a whole number from 1 to 2,000,000,000.")]
    [InlineData("""{"batchCode":"B","batchType":"x","version":-1}""", "version must be a whole number from 1 to 2,000,000,000.")]
    [InlineData("""{"batchCode":"B","batchType":"x","_id":"63a5b84c53e1218321c55572"}""",
        "_id is not a field of a batch. Rename it to 'id' to keep the ids, or remove it.")]
    [InlineData("""{"batchCode":"B","batchType":"x","batchCode":"C"}""", "batchCode must not be given more than once.")]
    public void All_errors_are_reported(string json, params string[] errors) =>
        Assert.Equal(errors, Read(json).Errors.Lines().Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("""{"batchCode":"B","batchType":"x","createdAt":"yesterday","updatedAt":1,"deletedAt":"2026-02-30","version":"one"}""",
        "createdAt deletedAt updatedAt version")]
    [InlineData("""{"batchCode":"B","batchType":"x","version":1.5}""", "version")]
    [InlineData("""{"batchCode":"B","batchType":"x","version":99999999999}""", "version")]
    [InlineData("""{"batchCode":"B\u0000","batchType":"x"}""", "batchCode")]
    [InlineData("""{"batchCode":"B","batchType":"\ud800"}""", "batchType")]
    public void A_value_of_the_wrong_type_is_one_error(string json, string names)
    {
        var errors = Read(json).Errors;

        Assert.Equal(names, string.Join(' ', errors.Names().Order(StringComparer.Ordinal)));
        Assert.All(errors, error => Assert.Single(error.Value));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"batchCode\":\"B\"")]
    [InlineData("{\"batchCode\":\"B\",\"batchType\":\"x\"} {}")]
    [InlineData("batchCode=B&batchType=x")]
    public void A_line_that_is_not_an_object_is_an_error_of_the_line(string text) => Assert.Equal(["line"], Read(text).Errors.Names());

    [Fact]
    public void A_UTF_8_byte_order_mark_is_skipped() => Assert.Empty(Read("\uFEFF{\"batchCode\":\"B\",\"batchType\":\"x\"}").Errors);

    [Fact]
    public void A_record_of_CSV_is_kept_in_full()
    {
        const string Csv =
            "id,batchCode,batchType,manager,assignee,dueDate,repeated,summary,notes,leadIds,opportunityIds,rating,createdAt,updatedAt,"
            + "deletedAt,version\r\n"
            + Id + ",B-1,renewal,amy,,2026-12-01T00:00:00.000001Z,true,\"\",\"a\nb\",l2|l1,,5,2020-01-02T03:04:05Z,2021-01-02T03:04:05.5Z,"
            + "2022-01-02T03:04:05Z,7\r\n"
            + ",B-2,renewal,,,,,,,,,,,,,\r\n";

        var lines = ReadCsv(Csv);

        Assert.All(lines, line => Assert.Empty(line.Errors));
        Assert.Equal([(2L, true), (4L, false)], lines.Select(line => (line.Number, line.HasId)));
        Assert.Equal(
            "{\"id\":\"" + Id + "\",\"batchCode\":\"B-1\",\"batchType\":\"renewal\",\"manager\":\"amy\","
            + "\"assignee\":null,\"dueDate\":\"2026-12-01T00:00:00.000001Z\","
            + "\"repeated\":true,\"summary\":\"\",\"notes\":\"a\\nb\",\"leadIds\":[\"l2\",\"l1\"],\"opportunityIds\":[],\"rating\":5,"
            + "\"createdAt\":\"2020-01-02T03:04:05Z\",\"updatedAt\":\"2021-01-02T03:04:05.5Z\","
            + "\"deletedAt\":\"2022-01-02T03:04:05Z\",\"version\":7}",
            Json(lines[0].Batch));
        Assert.Equal((Now, null, 1), (lines[1].Batch.CreatedAt, lines[1].Batch.DeletedAt, lines[1].Batch.Version));
    }

    [Fact]
    public void Errors_of_CSV_have_the_names_of_columns_or_concern_the_line()
    {
        var lines = ReadCsv("batchCode,batchType,id,version\nB-1,,x,0\nB-2,renewal\n");
        Assert.Equal([2L, 3L], lines.Select(line => line.Number));
        Assert.Equal(["batchType", "id", "version"], lines[0].Errors.Names());
        Assert.Equal(
            ["line must have 4 cells, as the header has, but has 2. Put cells that contain ',' in quotes."], lines[1].Errors.Lines());

        var header = Assert.Single(ReadCsv("_id,batchCode\nx,B-1\n"));
        Assert.Equal(1, header.Number);
        Assert.Equal(
            ["line '_id' is not a field of a batch. Rename it to 'id' to keep the ids, or remove it."], header.Errors.Lines());
    }

    [Fact]
    public void A_file_of_CSV_must_be_UTF_8()
    {
        using var text = new StreamReader(
            new MemoryStream([.. "batchCode\n"u8, 0xE9, (byte)'\n']), new UTF8Encoding(false, throwOnInvalidBytes: true));
        var exception = Assert.Throws<InvalidDataException>(
            () => ImportLineParser.ParseCsv(text, 42, _ids, new ManualClock(Now)).ToList());
        Assert.StartsWith("The file is not valid UTF-8", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_that_is_never_closed_does_not_read_a_large_file_into_memory()
    {
        using var text = new StringReader($"batchCode,batchType\nB-1,renewal\nB-2,\"{new string('x', 20_000_000)}");
        var exception = Assert.Throws<InvalidDataException>(
            () => ImportLineParser.ParseCsv(text, 42, _ids, new ManualClock(Now)).ToList());
        Assert.Equal("The record on line 3 is too long. Is its last quote closed?", exception.Message);
    }

    private List<ImportLine> ReadCsv(string csv) =>
        [.. ImportLineParser.ParseCsv(new StringReader(csv), accountId: 42, _ids, new ManualClock(Now))];

    private ImportLine Read(string json) => ImportLineParser.Parse(4, Encoding.UTF8.GetBytes(json), accountId: 42, _ids, Now);

    private static string Json(Batch batch)
    {
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream, JsonOutput.WriterOptions))
            BatchJson.Write(json, batch, FieldSet.All);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
