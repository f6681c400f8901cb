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
    public void If_match_names_versions(string header, int[]? expected)
    {
        Assert.True(EntityTags.TryReadIfMatch(With("If-Match", header), out var versions));
        Assert.Equal(expected ?? [-1], versions ?? [-1]);
    }

    [Fact]
    public void Several_lines_are_one_list()
    {
        Assert.True(EntityTags.TryReadIfMatch(new HeaderDictionary { ["If-Match"] = new(["\"1\"", "\"2\", \"3\""]) }, out var versions));
        Assert.Equal([1, 2, 3], versions!);
    }

    [Fact]
    public void Without_the_header_any_version_will_do()
    {
        Assert.True(EntityTags.TryReadIfMatch(new HeaderDictionary(), out var versions));
        Assert.Null(versions);
    }

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
    public void What_is_no_list_of_tags_is_malformed(string header) => Assert.False(EntityTags.TryReadIfMatch(With("If-Match", header), out _));

    [Theory]
    [InlineData("\"3\"", true)]
    [InlineData("W/\"3\"", true)]
    [InlineData("*", true)]
    [InlineData("\"1\", \"3\"", true)]
    [InlineData("\"4\"", false)]
    [InlineData("3", false)]
    [InlineData("", false)]
    public void If_none_match_compares_weakly(string header, bool names) => Assert.Equal(names, EntityTags.NoneMatchContains(With("If-None-Match", header), version: 3));

    private static HeaderDictionary With(string name, string value) => new() { [name] = value };
}
