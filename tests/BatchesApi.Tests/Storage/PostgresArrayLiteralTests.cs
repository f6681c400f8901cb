using BatchesApi.Storage;

namespace BatchesApi.Tests.Storage;

public sealed class PostgresArrayLiteralTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("{\"a\"}", "a")]
    [InlineData("{\"a\",\"b\"}", "a", "b")]
    [InlineData("{\"\",\"NULL\",\"{}\",\",\",\" \"}", "", "NULL", "{}", ",", " ")]
    [InlineData(@"{""a\""b"",""c\\d"",""\\\""""}", "a\"b", @"c\d", "\\\"")]
    public void Items_are_quoted(string text, params string[] items) => Assert.Equal(text, PostgresArrayLiteral.Create(items));
}
