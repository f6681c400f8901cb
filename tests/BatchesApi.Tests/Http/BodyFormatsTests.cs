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
    [InlineData("text/json")]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json+xml")]
    [InlineData("application/jsonp")]
    [InlineData("application/json-patch")]
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
}
