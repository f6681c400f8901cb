using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class BatchLeaseHeaderTests
{
    [Fact]
    public void The_hash_of_the_token_is_read()
    {
        Assert.Null(BatchLeaseHeader.Read(new HeaderDictionary()).Value);
        var token = LeaseToken.Create();
        Assert.Equal(LeaseToken.Hash(token), BatchLeaseHeader.Read(new HeaderDictionary { [BatchLeaseHeader.Name] = token }).Value);
    }

    [Theory]
    [InlineData("is empty. Send the token of the lease.", "")]
    [InlineData("is given more than once. Send the token of the lease.", "a", "b")]
    public void An_empty_or_repeated_header_is_an_error(string error, params string[] lines)
    {
        var problem = BatchLeaseHeader.Read(new HeaderDictionary { [BatchLeaseHeader.Name] = lines }).Problem!;
        Assert.Equal(ProblemCode.InvalidHeader, problem.Code);
        Assert.Equal([error], problem.Errors!.Single().Value);
    }

    [Fact]
    public void Tokens_differ() =>
        Assert.Equal(100, Enumerable.Range(0, 100).Select(_ => LeaseToken.Create()).Distinct(StringComparer.Ordinal).Count());
}
