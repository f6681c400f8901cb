using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class BodyFormatsTests
{
    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    [InlineData("application/json;charset=us-ascii")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=\"UTF8\"")]
    [InlineData("application/json; version=2")]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/vnd.api+json; charset=utf-8")]
    [InlineData("application/problem+JSON")]
    [InlineData("")]
    [InlineData(null)]
    public void JSON_media_types_and_an_absent_media_type_are_JSON(string? contentType) =>
        Assert.Equal(BodyFormat.Json, BodyFormats.FromContentType(contentType));

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("Application/X-WWW-Form-UrlEncoded")]
    [InlineData("application/x-www-form-urlencoded; charset=UTF-8")]
    public void Form_media_types_are_forms(string contentType) => Assert.Equal(BodyFormat.Form, BodyFormats.FromContentType(contentType));

    [Theory]
    [InlineData("text/csv", BodyFormat.Csv)]
    [InlineData("Text/CSV; charset=UTF-8; header=present", BodyFormat.Csv)]
    [InlineData("text/csv; charset=windows-1252", null)]
    [InlineData("application/json", BodyFormat.Json)]
    public void CSV_is_a_format_of_operations_that_take_it(string contentType, object? expected)
    {
        Assert.Equal((BodyFormat?)expected, BodyFormats.FromContentType(contentType, AcceptedFormats.JsonOrCsv));
        Assert.Equal(expected is BodyFormat.Json, BodyFormats.FromContentType(contentType) is not null);
    }

    [Theory]
    [InlineData("text/json")]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json+xml")]
    [InlineData("application/jsonp")]
    [InlineData("application/json-patch")]
    [InlineData("application/json-patch+json")]
    [InlineData("Application/JSON-Patch+JSON; charset=utf-8")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/x+json")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/octet-stream")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded; charset=windows-1252")]
    [InlineData("*/*")]
    [InlineData("json")]
    [InlineData("application/")]
    [InlineData("application/json, text/plain")]
    public void Unsupported_media_types_have_no_format(string contentType) => Assert.Null(BodyFormats.FromContentType(contentType));

    [Theory]
    [InlineData("multipart/form-data; boundary=x", "no files to upload. Send application/json")]
    [InlineData("text/plain", "Content-Type: application/json")]
    [InlineData("TEXT/PLAIN; charset=utf-8", "Content-Type: application/json")]
    [InlineData("text/xml", "Send JSON as application/json")]
    [InlineData("application/xml", "Send JSON as application/json")]
    [InlineData("application/json; charset=utf-16", "Encode the body as UTF-8")]
    [InlineData("application/json-patch+json", "send PATCH with a merge patch")]
    [InlineData("text/csv", "CSV creates several batches: send it to POST /api/v2/batches/bulk/create.")]
    [InlineData("application/vnd.ms-excel", "Save the sheet as CSV UTF-8")]
    [InlineData("application/json, text/plain", "malformed or has several values")]
    [InlineData("application/pdf", "Send application/json")]
    public void Unsupported_media_types_are_described_with_what_to_send(string contentType, string expected) =>
        Assert.Contains(expected, BodyFormats.DescribeUnsupported(contentType), StringComparison.Ordinal);

    [Theory]
    [InlineData(AcceptedFormats.JsonOrForm, "application/json, application/*+json or application/x-www-form-urlencoded, in UTF-8.")]
    [InlineData(AcceptedFormats.Json, "application/json or application/*+json, in UTF-8.")]
    [InlineData(AcceptedFormats.JsonOrCsv, "application/json, application/*+json or text/csv, in UTF-8.")]
    public void Descriptions_name_what_the_operation_takes(object accepted, string supported)
    {
        foreach (var contentType in (string[])["application/pdf", "application/json; charset=utf-16", "x"])
        {
            Assert.EndsWith(
                $" Send {supported}", BodyFormats.DescribeUnsupported(contentType, (AcceptedFormats)accepted), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_long_media_type_is_not_quoted_in_full() =>
        Assert.InRange(BodyFormats.DescribeUnsupported($"application/{new string('x', 10_000)}").Length, 100, 300);
}
