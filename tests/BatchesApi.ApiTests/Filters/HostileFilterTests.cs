using System.Net;
using CsCheck;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Whatever a client sends as a filter, the answer is a list, or a problem that names the parameter; never a crash.</summary>
public sealed class HostileFilterTests(ApiServer server)
{
    private const int Cases = 1_000;

    /// <summary>Pieces that the languages are made of, and others that they should not be.</summary>
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "|", "'", "$", ".", " ", "\n", "\0", "\\u0000", "\\ud800", "\ud83d\ude00", "\u202e", "\ufeff", "é", "%", "_", ";--",
        "null", "true", "false", "1e999999", "-0", "4.5", "99999999999999999999", "rating", "leadIds", "assignee", "dueDate", "repeated", "id",
        "accountId", "__proto__", "eq", "in", "gte", "contains", "$eq", "$in", "$not", "$or", "$and", "$elemMatch", "$size", "$where", "$gte",
        "2026-12-01", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+23:59", "{\"rating\":", "{\"$or\":[", "\"a\":1,", "{\"leadIds\":{\"$elemMatch\":{",
    ];

    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]),
        Gen.Char[' ', '~'].Select(c => c.ToString()));

    private static readonly Gen<string> Noise = Piece.Array[1, 30].Select(string.Concat);

    [Fact]
    public Task Noise_is_answered() => AnsweredAsync(Noise);

    [Fact]
    public Task So_are_policies_with_a_fault_in_them() => AnsweredAsync(Broken(RandomConditions.All));

    [Fact]
    public Task So_are_terms_with_a_fault_in_them() => AnsweredAsync(Broken(RandomConditions.Terms.Select(term => term.Term)));

    [Theory]
    [InlineData("%00")]
    [InlineData("%FF%FE")]
    [InlineData("%ED%A0%80")]
    [InlineData("{\"assignee\":\"%ED%A0%80\"}")]
    [InlineData("assignee:%ED%A0%80")]
    [InlineData("assignee:%00")]
    [InlineData("%")]
    public async Task Bytes_that_are_no_text_are_answered(string value)
    {
        using var client = await server.CreateClientAsync();
        foreach (var name in (string[])["p", "fields"])
        {
            using var response = await client.SendAsync("GET", $"{Http.Batches}?{name}={value}");
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{response.StatusCode} for {name}={value}");
        }
    }

    private static Gen<string> Broken(Gen<string> text) => Gen.Select(text, Gen.Double[0, 1], Gen.Int[0, 3], Noise).Select((whole, at, cut, noise) =>
    {
        var index = (int)(at * whole.Length);
        return string.Concat(whole.AsSpan(0, index), cut == 0 ? noise : "", whole.AsSpan(Math.Min(whole.Length, index + cut)));
    });

    private async Task AnsweredAsync(Gen<string> values)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateIdAsync();
        await Gen.Select(Gen.Bool, values).SampleAsync(
            async (isPolicy, value) =>
            {
                var name = isPolicy ? "p" : "fields";
                using var response = await client.SendAsync("GET", $"{Http.Batches}?{name}={Uri.EscapeDataString(value)}");
                if (response.StatusCode == HttpStatusCode.OK)
                    return;
                var problem = await Task.FromResult(response).ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
                Assert.NotEmpty(problem["errors"]!.AsObject());
                Assert.All(problem["errors"]!.AsObject(), error => Assert.StartsWith(name, error.Key, StringComparison.Ordinal));
            },
            iter: Cases,
            print: value => value.ToString());
    }
}
