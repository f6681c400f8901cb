using System.Text;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class FormReaderTests
{
    [Theory]
    [InlineData("a=1", "a=1")]
    [InlineData("a=1&b=2&a=3", "a=1|b=2|a=3")]
    [InlineData("a=", "a=")]
    [InlineData("a", "a=")]
    [InlineData("=1", "=1")]
    [InlineData("=", "=")]
    [InlineData("", "")]
    [InlineData("&", "")]
    [InlineData("&&a=1&&", "a=1")]
    [InlineData("a=b=c", "a=b=c")]
    [InlineData("a=x+y", "a=x y")]
    [InlineData("a+b=1", "a b=1")]
    [InlineData("a=x%2By%20z", "a=x+y z")]
    [InlineData("a=%26%3D", "a=&=")]
    [InlineData("a=%c3%A9", "a=é")]
    [InlineData("a=é", "a=é")]
    [InlineData("a=%F0%9F%98%80", "a=😀")]
    [InlineData("%61%5B%5D=1", "a[]=1")]
    [InlineData("a=100%", "a=100%")]
    [InlineData("a=%4", "a=%4")]
    [InlineData("a=%", "a=%")]
    [InlineData("a=%zz%4x", "a=%zz%4x")]
    [InlineData("a=%%41", "a=%A")]
    [InlineData("a=%2541", "a=%41")]
    [InlineData("a=1;b=2", "a=1;b=2")]
    public void Pairs_are_decoded_in_their_order(string body, string expected) => Assert.Equal(
        expected, string.Join('|', FormReader.Read(Encoding.UTF8.GetBytes(body)).Select(pair => $"{pair.Name}={pair.Value}")));

    [Theory]
    [InlineData("%FF")]
    [InlineData("%C3")]
    [InlineData("%C0%80")]
    [InlineData("%ED%A0%80")]
    [InlineData("%F5%80%80%80")]
    [InlineData("good%E9")]
    public void A_value_that_is_not_UTF8_is_null(string value) => Assert.Equal(
        [("a", null), ("b", "1")], FormReader.Read(Encoding.ASCII.GetBytes($"a={value}&b=1")));

    [Fact]
    public void A_value_of_raw_bytes_that_are_not_UTF8_is_null() => Assert.Equal(
        [("a", null)], FormReader.Read(new byte[] { (byte)'a', (byte)'=', 0xE9 }));

    [Fact]
    public void A_name_that_is_not_UTF8_is_a_replacement_character() => Assert.Equal(
        [("\uFFFD", "1")], FormReader.Read("%FF=1"u8.ToArray()));
}
