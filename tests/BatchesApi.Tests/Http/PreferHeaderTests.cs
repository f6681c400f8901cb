using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

/// <summary>The header <c>Prefer</c> (RFC 7240).</summary>
public sealed class PreferHeaderTests
{
    [Theory]
    [InlineData("explain")]
    [InlineData("Explain")]
    [InlineData("EXPLAIN")]
    [InlineData(" explain\t")]
    [InlineData("explain=\"\"")]
    [InlineData("explain; depth=1")]
    [InlineData("explain ; depth=1;x=\"a,b\"")]
    [InlineData("respond-async, explain")]
    [InlineData("respond-async,explain,wait=100")]
    [InlineData("wait=100; x=y ,\texplain ; x=y, handling=lenient")]
    [InlineData(",, explain,,")]
    [InlineData("foo=\"a, b; c\", explain")]
    [InlineData("foo=\"a \\\", b\", explain")]
    [InlineData("respond-async", "explain")]
    [InlineData("explain", "respond-async")]
    [InlineData("", "wait=1, Explain", "x")]
    public void Explain_is_found_anywhere_in_the_list(params string[] headers) => Assert.True(WantsExplanation(headers));

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("explain2")]
    [InlineData("no-explain")]
    [InlineData("explain more")]
    [InlineData("respond-async; explain")]
    [InlineData("foo=explain")]
    [InlineData("foo; bar=explain")]
    [InlineData("foo=\"explain\"")]
    [InlineData("foo=\"a, explain, b\"")]
    [InlineData("foo=\"a, explain; b\"")]
    [InlineData("foo; bar=\"a, explain, b\"")]
    [InlineData("foo=\"a\\\", explain, b\"")]
    public void Explain_is_ignored_as_a_value_a_parameter_or_a_part_of_a_word(params string[] headers) =>
        Assert.False(WantsExplanation(headers));

    private static bool WantsExplanation(string[] headers)
    {
        var request = new DefaultHttpContext().Request;
        foreach (var header in headers)
            request.Headers.Append(PreferHeader.Header, header);
        return PreferHeader.WantsExplanation(request);
    }
}
