using System.Text.Json;

namespace BatchesApi.ApiTests;

/// <summary>Cursors with the longest text of the field by which a list is sorted (specification, section 3).</summary>
public sealed class LongCursorTests(ApiServer server)
{
    [Theory]
    [InlineData("a")]
    [InlineData("\u0639")]
    [InlineData("\u6F22")]
    [InlineData("\"")]
    [InlineData("\n")]
    [InlineData("\u0001")]
    [InlineData("\U0001F600")]
    public async Task A_cursor_with_text_of_any_script_fits_into_a_request(string character)
    {
        using var client = await server.CreateClientAsync();
        foreach (var code in (string[])["B-1", "B-2"])
        {
            var notes = JsonSerializer.Serialize(string.Concat(Enumerable.Repeat(character, 10_000)));
            await client.CreateAsync(Http.Batch(code, $"\"notes\":{notes}"));
        }

        const string List = $"{Http.Batches}?sortBy=notes&limit=1&fields=batchCode";
        var first = await client.GetJsonAsync(List);
        var second = await client.GetJsonAsync($"{List}&cursor={first["nextCursor"]}");
        Assert.Equal("B-2", (string?)first["data"]![0]!["batchCode"]);
        Assert.Equal("B-1", (string?)second["data"]![0]!["batchCode"]);
    }
}
