using System.Text;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

/// <summary>Batches in CSV (specification, section 4.5).</summary>
public sealed class CsvBatchReaderTests
{
    private const string Header = "batchCode,batchType";

    private readonly ValidationErrors _errors = new();

    [Fact]
    public void Each_record_is_a_batch_with_the_values_of_its_cells()
    {
        var patches = Read(
            "batchCode,batchType,manager,dueDate,repeated,rating,leadIds,opportunityIds,notes\r\n"
            + "B-1,renewal,maria,2026-12-01,TRUE,4,a|b,\"[\"\"c\"\",\"\"d|e\"\"]\",\"two\r\nlines, \"\"quoted\"\"\"\r\n"
            + "B-2,\"null\",,,,,,,\r\n");

        Assert.Empty(_errors.Lines());
        Assert.Equal(
            [
                """
                {"batchCode":"B-1","batchType":"renewal","manager":"maria","dueDate":"2026-12-01T00:00:00Z","repeated":true,
                """
                + """
                "notes":"two\r\nlines, \"quoted\"","leadIds":["a","b"],"opportunityIds":["c","d|e"],"rating":4}
                """,
                """
                {"batchCode":"B-2","batchType":"null","manager":null,"dueDate":null,"repeated":false,"notes":null,"leadIds":[],
                """
                + """
                "opportunityIds":[],"rating":null}
                """,
            ],
            patches.Select(ToJson));
        Assert.Equal(["[line 2]", "[line 4]"], patches.Select(patch => patch.ItemName));
    }

    [Theory]
    [InlineData("a,b", "a,b\r\n")]
    [InlineData("a;b", "\"a;b\"\n")]
    [InlineData("", "\"\"\n")]
    [InlineData(null, "\n")]
    [InlineData("null", "null\n")]
    [InlineData("\"x\"", "\"\"\"x\"\"\"\n")]
    [InlineData("{\"a\":1}", "\"{\"\"a\"\":1}\"\n")]
    [InlineData(" a ", " a \n")]
    [InlineData("=1", "'=1\n")]
    [InlineData("'=1", "''=1\n")]
    [InlineData("=1", "=1\n")]
    [InlineData("'a", "'a\n")]
    public void Text_is_the_text_itself(string? expected, string cell)
    {
        var quoted = cell.Contains("a,b", StringComparison.Ordinal) ? "\"a,b\"\r\n" : cell;
        var patch = Read($"{Header},summary\nB-1,renewal,{quoted}").Single();
        Assert.Empty(_errors.Lines());
        Assert.Equal(expected, patch.Values.Summary);
        Assert.True(patch.Passed.Contains(BatchFields.Summary));
    }

    [Fact]
    public void An_empty_cell_of_a_required_field_is_as_if_it_were_not_passed()
    {
        var patch = Read($"{Header},assignee\nB-1,,\n", validate: (_, _) => { }).Single();
        Assert.False(patch.Passed.Contains(BatchFields.BatchType));
        Assert.True(patch.Passed.Contains(BatchFields.Assignee));

        Read($"{Header}\nB-1,\nB-2,\"\"\n");
        Assert.Equal(
            ["[line 2].batchType is required.", "[line 3].batchType must be 1 to 64 characters, but is empty."], _errors.Lines());
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("\r")]
    public void Any_line_break_ends_a_record_and_blank_lines_are_skipped(string end)
    {
        var patches = Read(string.Join(end, "", Header, "", "B-1,renewal", "  ", "B-2,audit"));
        Assert.Equal(["B-1 [line 4]", "B-2 [line 6]"], patches.Select(patch => $"{patch.Values.BatchCode} {patch.ItemName}"));
    }

    [Fact]
    public void Server_fields_and_fields_of_Mongoose_are_ignored()
    {
        var patch = Read($"_id,id,{Header},createdAt,version,__v\n1,x,B-1,renewal,soon,y,0\n").Single();
        Assert.Empty(_errors.Lines());
        Assert.Equal("""{"batchCode":"B-1","batchType":"renewal"}""", ToJson(patch));
    }

    [Theory]
    [InlineData("batchCode,bachType\n", "[line 1] 'bachType' is not a field of a batch. Did you mean 'batchType'?")]
    [InlineData("batchCode,Batch Type\n", "[line 1] 'Batch Type' is not a field of a batch. Did you mean 'batchType'?")]
    [InlineData("\n\nbatchCode,colour\n", "[line 3] 'colour' is not a field of a batch.")]
    [InlineData("batchCode,rating,batchCode\n", "[line 1] 'batchCode' must not be a column more than once.")]
    [InlineData("batchCode,,rating,\n",
        "[line 1] column 2 has no name. Name it, or remove it.", "[line 1] column 4 has no name. Name it, or remove it.")]
    [InlineData("batchCode;batchType\nB-1;renewal\n",
        "[line 1] must separate columns by ',', but separates them by ';'. Separate columns by ','. In a spreadsheet program, save the "
        + "file as CSV UTF-8 with commas as separators.")]
    [InlineData("batchCode\tbatchType\n",
        "[line 1] must separate columns by ',', but separates them by tabs. Separate columns by ','. In a spreadsheet program, save the "
        + "file as CSV UTF-8 with commas as separators.")]
    [InlineData("batchCode,\"batchType\n",
        "[line 1] has a cell whose quote is not closed. Close it, and double each quote within a cell in quotes.")]
    public void Errors_of_the_header_are_errors_of_its_line(string header, params string[] expected)
    {
        Assert.Empty(Read($"{header}B-1,renewal\n"));
        Assert.Equal(expected, _errors.Lines());
    }

    [Fact]
    public void Unknown_and_unnamed_columns_are_ignored_if_the_server_is_not_strict()
    {
        var patch = Read($"{Header},colour,,rating\nB-1,renewal,red,x,4\n", strict: false).Single();
        Assert.Empty(_errors.Lines());
        Assert.Equal("""{"batchCode":"B-1","batchType":"renewal","rating":4}""", ToJson(patch));
    }

    [Fact]
    public void Errors_have_the_line_on_which_the_record_begins()
    {
        Read($"{Header},rating\nB-1,renewal,4\n\"B\r\n\n2\",renewal,9\n\nB-3,renewal,x\n");
        Assert.Equal(
            [
                "[line 3].rating must be between 0 and 5, but is 9.",
                "[line 7].rating must be a whole number from 0 to 5 or null, but is 'x'.",
            ],
            _errors.Lines());
    }

    [Theory]
    [InlineData("B-1,renewal\n", "[line 2] must have 3 cells, as the header has, but has 2. Put cells that contain ',' in quotes.")]
    [InlineData("B-1,a,b,c\n", "[line 2] must have 3 cells, as the header has, but has 4. Put cells that contain ',' in quotes.")]
    [InlineData("B-1,5\" disk,4\n",
        "[line 2] has a cell with a misplaced quote. Put the whole cell in quotes, and double each quote in it: \"5\"\" disk\".")]
    [InlineData("B-1,\"renewal\"s,4\n",
        "[line 2] has a cell with a misplaced quote. Put the whole cell in quotes, and double each quote in it: \"5\"\" disk\".")]
    [InlineData("B-0,renewal,4\nB-1,\"renewal,4\nB-2,renewal,4\n",
        "[line 3] has a cell whose quote is not closed. Close it, and double each quote within a cell in quotes.")]
    [InlineData("B-1,renewal,\"[\"\"a\"\"\"\n",
        "[line 2].leadIds must be ids separated by '|', or a JSON array of strings, such as [\"a\",\"b\"].", "leadIds")]
    [InlineData("B-1,renewal,\"{\"\"add\"\":[\"\"a\"\"]}\"\n",
        "[line 2].leadIds must be ids, not an object. Write an id that begins with '{' in a JSON array, such as [\"a\",\"b\"].", "leadIds")]
    [InlineData("B-1,renewal,a||b\n", "[line 2].leadIds item 1 must be 1 to 64 characters, but is empty.", "leadIds")]
    [InlineData("B-1,renewal,soon\n",
        "[line 2].dueDate must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z, but "
        + "is 'soon'.",
        "dueDate")]
    [InlineData("B-1,renewal,yes\n", "[line 2].repeated must be true, false or null, but is 'yes'. Send true.", "repeated")]
    [InlineData("B-1,renewal,a\0b\n", "[line 2].notes must not contain U+0000 or an unpaired surrogate.", "notes")]
    public void Errors_of_records_say_what_to_do(string records, string expected, string column = "rating")
    {
        Read($"{Header},{column}\n{records}");
        Assert.Equal(expected, _errors.Lines().First());
    }

    [Theory]
    [InlineData("", "The CSV must have a header and 1 to 1,000 batches, but has no batch.")]
    [InlineData("batchCode,batchType\r\n", "The CSV must have a header and 1 to 1,000 batches, but has no batch.")]
    [InlineData("[{\"batchCode\":\"B-1\"}]",
        "The body is JSON, but is labeled as text/csv. Send it with 'Content-Type: application/json'.")]
    public void A_body_without_batches_is_malformed(string body, string expected) =>
        Assert.Equal(expected, Malformed(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_thousand_batches_are_read_and_no_more()
    {
        string Rows(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"B-{i},renewal\r\n"));
        Assert.Equal(1_000, Read($"{Header}\r\n{Rows(1_000)}\r\n").Length);
        Assert.Equal(
            "The CSV must have a header and 1 to 1,000 batches, but has more.",
            Malformed(Encoding.UTF8.GetBytes($"{Header}\r\n{Rows(1_001)}")));
    }

    [Fact]
    public void Text_must_be_UTF_8_and_may_have_a_byte_order_mark()
    {
        Assert.Single(Read($"\uFEFF{Header}\nB-1,renewal\n"));
        Assert.Equal(
            "The body is not valid UTF-8: error at byte 26, 0xE9. Encode the body as UTF-8.",
            Malformed([.. Encoding.UTF8.GetBytes($"{Header}\nB-1,r"), 0xE9, (byte)'\n']));
    }

    [Fact]
    public void A_body_of_separators_or_line_breaks_is_rejected()
    {
        Assert.Equal(
            "The CSV must have a header and 1 to 1,000 batches, but has no batch.",
            Malformed(Encoding.UTF8.GetBytes(new string('\n', 5_000_000))));
        Read(new string(',', 5_000_000));
        Assert.Equal(["[line 1] has more than 100 cells."], _errors.Lines());
    }

    private BatchPatch[] Read(string csv, bool strict = true, Action<BatchPatch, ValidationErrors>? validate = null)
    {
        var validator = new BatchValidator();
        var read = new BatchBodyReader(strict).ReadArray(
            new RequestBody(Encoding.UTF8.GetBytes(csv), BodyFormat.Csv),
            validate ?? ((patch, errors) => validator.Validate(patch, partial: false, errors)),
            _errors);
        return read.Value;
    }

    private string? Malformed(byte[] body) =>
        new BatchBodyReader(strict: true).ReadArray(new RequestBody(body, BodyFormat.Csv), (_, _) => { }, _errors).Problem?.Detail;

    private static string ToJson(BatchPatch patch)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonOutput.WriterOptions))
            BatchJson.Write(json, patch.Values, patch.Passed);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
