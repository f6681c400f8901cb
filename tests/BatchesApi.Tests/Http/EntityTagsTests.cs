using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class EntityTagsTests
{
    [Theory]
    [InlineData("*", null)]
    [InlineData("\"3\"", new[] { 3 })]
    [InlineData("\"3\", \"4\"", new[] { 3, 4 })]
    [InlineData(" \"3\" ,, \"4\" ", new[] { 3, 4 })]
    [InlineData("W/\"3\"", new int[0])]
    [InlineData("W/\"3\", \"4\"", new[] { 4 })]
    [InlineData("\"abc\", \"\", \"03\", \"+3\", \"3.0\", \"a,b\", \"99999999999\"", new int[0])]
    public void If_Match_contains_versions(string header, int[]? expected)
    {
        Assert.Equal(expected ?? [-1], EntityTags.ReadIfMatch(With("If-Match", header)).Value ?? [-1]);
    }

    [Fact]
    public void Several_header_lines_are_one_list()
    {
        var headers = new HeaderDictionary { ["If-Match"] = new(["\"1\"", "\"2\", \"3\""]) };
        Assert.Equal([1, 2, 3], EntityTags.ReadIfMatch(headers).Value!);
    }

    [Fact]
    public void An_absent_header_matches_any_version() => Assert.Null(EntityTags.ReadIfMatch(new HeaderDictionary()).Value);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("3")]
    [InlineData("\"3")]
    [InlineData("3\"")]
    [InlineData("w/\"3\"")]
    [InlineData("\"3\" \"4\"")]
    [InlineData("\"3\", 4")]
    [InlineData("*, \"3\"")]
    [InlineData("**")]
    [InlineData("\"a b\"")]
    public void Malformed_lists_of_tags_are_rejected(string header) =>
        Assert.Equal(ProblemCode.InvalidHeader, EntityTags.ReadIfMatch(With("If-Match", header)).Problem?.Code);

    [Theory]
    [InlineData("6", "such as \"6\", but is 6.")]
    [InlineData("\"6", "such as \"6\", but is \"6.")]
    [InlineData("v6", "such as \"6\", but is v6.")]
    [InlineData("'12'", "such as \"12\", but is '12'.")]
    [InlineData("\"1\" \"2\"", "such as \"1\", but is \"1\" \"2\".")]
    [InlineData("99999999999999999999", "such as \"3\", but is 99999999999999999999.")]
    [InlineData("", "such as \"3\", but is empty.")]
    public void The_error_of_a_malformed_list_contains_an_example(string header, string expected) => Assert.EndsWith(
        expected,
        Assert.Single(EntityTags.ReadIfMatch(With("If-Match", header)).Problem!.Errors!.Lines()),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("\"3\"", true)]
    [InlineData("W/\"3\"", true)]
    [InlineData("*", true)]
    [InlineData("\"1\", \"3\"", true)]
    [InlineData("\"4\"", false)]
    [InlineData("3", false)]
    [InlineData("", false)]
    public void If_None_Match_compares_weakly(string header, bool contains) =>
        Assert.Equal(contains, EntityTags.IfNoneMatchContains(With("If-None-Match", header), version: 3));

    private static HeaderDictionary With(string name, string value) => new() { [name] = value };
}
