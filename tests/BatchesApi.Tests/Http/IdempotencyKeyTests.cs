using BatchesApi.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Tests.Http;

public sealed class IdempotencyKeyTests
{
    public static TheoryData<string> Good =>
        ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "\"quoted\"", "with spaces !~", new string('k', 255)];

    public static TheoryData<string, string> Bad => new(
        ("", "is empty."), (new string('k', 256), "has 256 characters."), ("caf\u00E9", "contains U+00E9."),
        ("tab\tbed", "contains U+0009."), ("a\u007Fb", "contains U+007F."));

    [Theory]
    [MemberData(nameof(Good))]
    public void A_valid_key_is_read_unchanged(string key) => Assert.Equal(key, Read("POST", "/b", "{}", key)!.Value);

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_invalid_key_is_rejected_with_the_reason(string key, string reason) => AssertInvalid(key, reason);

    [Fact]
    public void Two_keys_are_rejected() => AssertInvalid(new StringValues(["a", "b"]), "is given more than once.");

    [Fact]
    public void An_absent_header_is_read_as_null() => Assert.Null(Read("POST", "/b", "{}", default(StringValues)));

    [Fact]
    public void The_hash_depends_on_method_path_and_body_only()
    {
        var hash = Read("POST", "/b", "{}", "k")!.RequestHash;
        Assert.Equal(hash, Read("POST", "/b", "{}", "other")!.RequestHash);
        Assert.NotEqual(hash, Read("PUT", "/b", "{}", "k")!.RequestHash);
        Assert.NotEqual(hash, Read("POST", "/c", "{}", "k")!.RequestHash);
        Assert.NotEqual(hash, Read("POST", "/b", "{ }", "k")!.RequestHash);
    }

    [Theory]
    [InlineData("/B")]
    [InlineData("/b/")]
    public void Paths_of_one_route_have_the_same_hash(string path) =>
        Assert.Equal(Read("POST", "/b", "{}", "k")!.RequestHash, Read("POST", path, "{}", "k")!.RequestHash);

    private static void AssertInvalid(StringValues key, string reason)
    {
        var problem = IdempotencyKey.Read(CreateRequest("POST", "/b", key), []).Problem;
        Assert.Equal(ProblemCode.InvalidHeader, problem?.Code);
        Assert.Equal(
            [$"{IdempotencyKey.Header} {reason} Send one key of 1 to 255 printable ASCII characters, such as a UUID."],
            problem!.Errors!.Lines());
    }

    private static IdempotencyKey? Read(string method, string path, string body, StringValues key) =>
        IdempotencyKey.Read(CreateRequest(method, path, key), System.Text.Encoding.UTF8.GetBytes(body)).Value;

    private static HttpRequest CreateRequest(string method, string path, StringValues key)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path) = (method, path);
        if (key.Count > 0)
            request.Headers[IdempotencyKey.Header] = key;
        return request;
    }
}
