using BatchesApi.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Tests.Http;

public sealed class IdempotencyKeyTests
{
    public static TheoryData<string> Good => ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "\"quoted\"", "with spaces !~", new string('k', 255)];

    public static TheoryData<string> Bad => ["", new string('k', 256), "caf\u00E9", "tab\tbed", "a\u007Fb"];

    [Theory]
    [MemberData(nameof(Good))]
    public void A_key_is_taken_as_it_is(string key) => Assert.Equal(key, Read("POST", "/b", "{}", key)!.Value);

    [Theory]
    [MemberData(nameof(Bad))]
    public void Other_text_is_no_key(string key) => Assert.False(IdempotencyKey.TryRead(Request("POST", "/b", key), [], out _));

    [Fact]
    public void Two_keys_are_none() => Assert.False(IdempotencyKey.TryRead(Request("POST", "/b", new StringValues(["a", "b"])), [], out _));

    [Fact]
    public void Without_the_header_there_is_none() => Assert.Null(Read("POST", "/b", "{}", default(StringValues)));

    [Fact]
    public void The_request_is_known_again_by_method_path_and_bytes()
    {
        var hash = Read("POST", "/b", "{}", "k")!.RequestHash;
        Assert.Equal(hash, Read("POST", "/b", "{}", "other")!.RequestHash);
        Assert.NotEqual(hash, Read("PUT", "/b", "{}", "k")!.RequestHash);
        Assert.NotEqual(hash, Read("POST", "/c", "{}", "k")!.RequestHash);
        Assert.NotEqual(hash, Read("POST", "/b", "{ }", "k")!.RequestHash);
    }

    private static IdempotencyKey? Read(string method, string path, string body, StringValues key)
    {
        Assert.True(IdempotencyKey.TryRead(Request(method, path, key), System.Text.Encoding.UTF8.GetBytes(body), out var read));
        return read;
    }

    private static HttpRequest Request(string method, string path, StringValues key)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path) = (method, path);
        if (key.Count > 0)
            request.Headers[IdempotencyKey.Header] = key;
        return request;
    }
}
