using System.Buffers;
using System.Text;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

/// <summary>The CSV that the server writes (RFC 4180; specification, section 4.5).</summary>
public sealed class CsvWriterTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "\"\"")]
    [InlineData("a", "a")]
    [InlineData(" a ", " a ")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("\"", "\"\"\"\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData("a\rb", "\"a\rb\"")]
    [InlineData("a;b\t|c", "a;b\t|c")]
    [InlineData("عَقْد 😀", "عَقْد 😀")]
    public void A_cell_is_in_quotes_if_it_needs_them(string? text, string expected) =>
        Assert.Equal($"{expected},x\r\n", Write(CsvForm.Plain, text, "x"));

    [Theory]
    [InlineData("=1+1", "=1+1", "'=1+1")]
    [InlineData("+1", "+1", "'+1")]
    [InlineData("-1", "-1", "'-1")]
    [InlineData("@a", "@a", "'@a")]
    [InlineData(" =1", " =1", "' =1")]
    [InlineData("\t=1", "\t=1", "'\t=1")]
    [InlineData("\uFF1D1", "\uFF1D1", "'\uFF1D1")]
    [InlineData("'=1", "''=1", "''=1")]
    [InlineData("''=1", "'''=1", "'''=1")]
    [InlineData("'a", "'a", "'a")]
    [InlineData("a=1", "a=1", "a=1")]
    [InlineData("'", "'", "'")]
    public void Formulas_are_protected_in_the_form_for_spreadsheets(string text, string plain, string spreadsheet)
    {
        Assert.Equal($"{plain}\r\n", Write(CsvForm.Plain, text));
        Assert.Equal($"{spreadsheet}\r\n", Write(CsvForm.Spreadsheet, text));
        Assert.Equal([text, text], [SpreadsheetText.Unprotect(plain), SpreadsheetText.Unprotect(spreadsheet)]);
    }

    [Fact]
    public void The_form_for_spreadsheets_begins_with_a_byte_order_mark()
    {
        var output = new ArrayBufferWriter<byte>();
        var csv = new CsvWriter(output, CsvForm.Spreadsheet);
        csv.WriteHeader(["a", "b"]);
        Assert.Equal([0xEF, 0xBB, 0xBF, .. "a,b\r\n"u8], output.WrittenSpan.ToArray());
        Assert.Equal(output.WrittenCount, csv.BytesWritten);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("a", "a")]
    [InlineData("a b", "a|b")]
    [InlineData("a|b", "[\"a|b\"]")]
    [InlineData("{a} b", "[\"{a}\",\"b\"]")]
    [InlineData("a b|c", "[\"a\",\"b|c\"]")]
    [InlineData("[a b", "[\"[a\",\"b\"]")]
    [InlineData("a [b", "a|[b")]
    [InlineData("é\" b", "é\"|b")]
    public void Ids_are_joined_unless_that_would_be_ambiguous(string ids, string? expected) =>
        Assert.Equal(expected, BatchCsv.Format(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private static string Write(CsvForm form, params string?[] cells)
    {
        var output = new ArrayBufferWriter<byte>();
        var csv = new CsvWriter(output, form);
        foreach (var cell in cells)
            csv.WriteCell(cell);
        csv.EndRow();
        Assert.Equal(output.WrittenCount, csv.BytesWritten);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
