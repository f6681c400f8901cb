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

    private ImportLine Read(string json) => ImportLineParser.Parse(4, Encoding.UTF8.GetBytes(json), accountId: 42, _ids, Now);

    private static string Json(Batch batch)
    {
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream, JsonOutput.WriterOptions))
            BatchJson.Write(json, batch, FieldSet.All);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
