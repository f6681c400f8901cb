using BatchesApi.Writing;

namespace BatchesApi.Tests.Writing;

public sealed class ArrayTextTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("{\"a\"}", "a")]
    [InlineData("{\"a\",\"b\"}", "a", "b")]
    [InlineData("{\"\",\"NULL\",\"{}\",\",\",\" \"}", "", "NULL", "{}", ",", " ")]
    [InlineData(@"{""a\""b"",""c\\d"",""\\\""""}", "a\"b", @"c\d", "\\\"")]
    public void Items_are_quoted(string text, params string[] items) => Assert.Equal(text, ArrayText.Of(items));
}
