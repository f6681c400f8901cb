using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.ApiTests.Search;
using CsCheck;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Random list parameters: every response is a list or a problem that names the parameter as the client wrote it and, if possible,
/// the character; never a crash. A failure prints the request and a seed; <c>CsCheck_Seed</c> set to it runs that case first.
/// <c>BATCHES_FUZZ_CASES</c> sets the number of cases of each kind.</summary>
public sealed partial class HostileFilterTests(ApiServer server)
{
    private static readonly int Cases =
        int.Parse(Environment.GetEnvironmentVariable("BATCHES_FUZZ_CASES") ?? "1000", CultureInfo.InvariantCulture);

    /// <summary>The time after which a request has failed.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Tokens of the query languages, and foreign ones.</summary>
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "|", "'", "$", ".", " ", "\n", "\0", "\\u0000", "\\ud800", "\ud83d\ude00", "\u202e",
        "\ufeff", "é", "%", "_", ";--", "null", "true", "false", "1e999999", "-0", "4.5", "99999999999999999999", "rating", "leadIds",
        "assignee", "dueDate", "repeated", "id", "accountId", "__proto__", "eq", "in", "gte", "contains", "$eq", "$in", "$not", "$or",
        "$and", "$elemMatch", "$size", "$where", "$gte", "2026-12-01", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+23:59", "{\"rating\":",
        "{\"$or\":[", "\"a\":1,", "{\"leadIds\":{\"$elemMatch\":{",
        "-", "-\"", "\" ", "startsWith", "asc", "desc", "exact", "none", "20", "2147483647", "\u00A0", "\u0301", "\u0640", "\uFDFA",
    ];

    private static readonly string[] Preferences =
    [
        "explain", "EXPLAIN", "explain=1", "explain;x=\"y\"", "explain, explain", "return=minimal", "wait=10", "respond-async",
        ",", ";", "=", "\"", " ", "\t",
    ];

    private static readonly Gen<string> Character = Gen.Char[' ', '~'].Select(c => c.ToString());

    private static readonly Gen<string> Piece = Gen.OneOf(Any(Pieces), Character);

    private static readonly Gen<string> Noise = Piece.Array[1, 30].Select(string.Concat);

    /// <summary>The parameters of lists with valid and invalid values.</summary>
    private static readonly (string Name, Gen<string> Value)[] Known =
    [
        ("sortBy", Any("id", "rating", "RATING, dueDate", "notes", "assignee,createdAt,id", "deletedAt", "leadIds", "rating,rating", ",")),
        ("order", Any("asc", "DESC", "desc,asc", "asc , desc,asc", "up", ",")),
        ("count", Any("exact", "BOUNDED", "none", "all", "0")),
        ("limit", Any("1", "1000", "007", "0", "1001", "-1", "1e3", "\u0663", "2147483648")),
        ("page", Any("1", "2", "2147483647", "0", "99999999999", "1.0", "+1")),
        ("cursor", Any("AAAA", "eyJhIjoxfQ", "null")),
        ("q", RandomSearches.Terms.Select(search => search.Q)),
        ("fields", RandomConditions.Terms.Select(term => term.Term)),
        ("p", RandomConditions.All),
    ];

    [Fact]
    public Task Random_text_gets_a_list_or_a_problem() => AssertHandledAsync(Named(Any("p", "fields"), Noise), mayAllBeRejected: true);

    [Fact]
    public Task A_p_with_an_error_in_it_gets_a_list_or_a_problem() =>
        AssertHandledAsync(Named(Any("p", "p", "p", "fields"), Broken(RandomConditions.All)));

    [Fact]
    public Task A_fields_with_an_error_in_it_gets_a_list_or_a_problem() => AssertHandledAsync(
        Named(Any("p", "fields", "fields", "fields"), Broken(RandomConditions.Terms.Select(term => term.Term))));

    [Fact]
    public Task A_q_with_an_error_in_it_gets_a_list_or_a_problem() => AssertHandledAsync(Named(
        Gen.Const("q"),
        Gen.Frequency(
            (3, Broken(RandomSearches.Terms.Select(search => search.Q))),
            (2, Noise),
            (1, Noise.Array[1, 12].Select(string.Concat)))));

    [Fact]
    public async Task Forged_and_damaged_cursors_get_a_list_or_a_problem()
    {
        var account = ApiServer.NewAccountName();
        using var client = await CreateClientAsync(account);
        var lists = await HostileCursors.CreateAsync(server, client, account);
        await AssertHandledAsync(
            Any(lists.Queries).SelectMany(query => Gen.Frequency(
                (2, Any(lists.Cursors)),
                (2, Broken(Any(lists.Cursors))),
                (1, Noise),
                (1, Noise.Select(json => lists.Forge(query, json))),
                (4, ValuesOfCursor.Select((values, where) => lists.Forge(query, values, where))))
                .Select(cursor => (SentParameter[])[.. query, new SentParameter("Cursor", cursor)])),
            client: client,
            paths: [Http.Batches, Http.Batches, Http.Batches, Http.Deleted]);
    }

    [Fact]
    public Task Random_combinations_of_parameters_and_Prefer_get_a_list_or_a_problem() => AssertHandledAsync(
        Gen.Select(
            Gen.Shuffle(Known.Select((_, i) => i).ToArray()).SelectMany(order => Gen.Int[1, 5].Select(count => order[..count])),
            Gen.Bool.Array[Known.Length],
            Gen.Int[0, 9].Array[Known.Length]).SelectMany((chosen, upper, noise) => Chosen(chosen, upper, noise)),
        Gen.Frequency((1, Gen.Const("")), (1, Gen.OneOf(Any(Preferences), Character).Array[1, 5].Select(string.Concat))));

    [Theory]
    [InlineData("%00")]
    [InlineData("%FF%FE")]
    [InlineData("%ED%A0%80")]
    [InlineData("{\"assignee\":\"%ED%A0%80\"}")]
    [InlineData("assignee:%ED%A0%80")]
    [InlineData("assignee:%00")]
    [InlineData("%")]
    public async Task Bytes_that_are_not_UTF_8_get_a_list_or_a_problem(string value)
    {
        using var client = await server.CreateClientAsync();
        foreach (var name in ListNames)
        {
            using var response = await client.SendAsync("GET", $"{Http.Batches}?{name}={value}");
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{response.StatusCode} for {name}={value}");
        }
    }

    /// <summary>Advice on many mistakes must cost no more than the request, and not repeat it many times over.</summary>
    [Theory]
    [InlineData("sortBy=", "id.asc,")]
    [InlineData("sortBy=", "due_date:desc,")]
    [InlineData("sortBy=", "id,asc,")]
    [InlineData("order=", "x,")]
    [InlineData("order=", "rating desc,")]
    [InlineData("sort=", "id.asc,")]
    [InlineData("filter=", "rating>3,")]
    [InlineData("select=", "notes,")]
    [InlineData("assignee=", "amy,")]
    [InlineData("search=", "a ")]
    [InlineData("", "rating_gte=4&")]
    [InlineData("", "x=1&")]
    public async Task Many_mistakes_get_a_short_problem_soon(string start, string repeated)
    {
        using var client = await server.CreateClientAsync();
        client.Timeout = Timeout;
        var query = start + string.Concat(Enumerable.Repeat(repeated, (100 * 1024 / repeated.Length) - 2)).Replace(' ', '+');
        using var response = await client.SendAsync("GET", $"{Http.Batches}?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.InRange((await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Length, 1, 10_000);
    }

    private static IEnumerable<string> ListNames => Known.Select(parameter => parameter.Name);

    /// <summary>Replacement values for a cursor, with the position and the number of the values that they replace.</summary>
    private static Gen<(string[] Values, (int From, int Count) Where)> ValuesOfCursor => Gen.Select(
        Any(
            "0", "1", "-1", "99999", "638000000000000000", "3155378975999999999", "9223372036854775807", "1e400", "1.5", "null", "true",
            "\"\"", "\"a\"", "\"\\u0000\"", "\"\\ud800\"", "\"\U0001F600\"", "\"63a5b84c53e1218321c55572\"", "{}", "[]", "[[[]]]",
            "{\"a\":1,\"a\":2}").Array[0, 2],
        Gen.Select(Gen.Int[0, 2], Gen.Frequency((4, Gen.Const(1)), (1, Gen.Int[0, 2]))));

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<SentParameter[]> Named(Gen<string> name, Gen<string> value) =>
        Gen.Select(name, Gen.Bool, value).Select((n, upper, v) => (SentParameter[])[Sent(n, upper, v)]);

    private static SentParameter Sent(string name, bool inCapitals, string value) =>
        new(inCapitals ? name.ToUpperInvariant() : name, value);

    /// <summary>The chosen parameters in upper or lower case; every tenth has random text.</summary>
    private static Gen<SentParameter[]> Chosen(int[] chosen, bool[] upper, int[] noise) => chosen.Aggregate(
        Gen.Const(Array.Empty<SentParameter>()),
        (before, i) => Gen.Select(before, noise[i] == 0 ? Noise : Known[i].Value)
            .Select((all, value) => (SentParameter[])[.. all, Sent(Known[i].Name, upper[i], value)]));

    private static Gen<string> Broken(Gen<string> text) =>
        Gen.Select(text, Gen.Double[0, 1], Gen.Int[0, 3], Noise).Select((whole, at, cut, noise) =>
    {
        var index = (int)(at * whole.Length);
        return string.Concat(whole.AsSpan(0, index), cut == 0 ? noise : "", whole.AsSpan(Math.Min(whole.Length, index + cut)));
    });

    private async Task<HttpClient> CreateClientAsync(string? account = null)
    {
        var client = await server.CreateClientAsync(account: account);
        client.Timeout = Timeout;
        await client.CreateIdAsync();
        return client;
    }

    private async Task AssertHandledAsync(
        Gen<SentParameter[]> requests,
        Gen<string>? preferences = null,
        HttpClient? client = null,
        string[]? paths = null,
        bool mayAllBeRejected = false)
    {
        using var own = client is null ? await CreateClientAsync() : null;
        var (lists, problems) = (0, 0);
        await Gen.Select(Any(paths ?? [Http.Batches, Http.Deleted]), requests, preferences ?? Gen.Const("")).SampleAsync(
            async (path, parameters, preference) =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}?{Query(parameters)}");
                request.Headers.TryAddWithoutValidation("Prefer", preference);
                using var response = await (client ?? own)!.SendAsync(request, TestContext.Current.CancellationToken);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    Assert.NotNull((await response.JsonAsync())["data"]);
                    Interlocked.Increment(ref lists);
                    return;
                }
                var problem = await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
                Assert.NotEmpty(problem["errors"]!.AsObject());
                Assert.All(problem["errors"]!.AsObject(), error => AssertPlace(error.Key, error.Value!.AsArray(), parameters));
                Interlocked.Increment(ref problems);
            },
            iter: Cases,
            print: request => $"{request.Item1}?{Query(request.Item2)} Prefer: {request.Item3}");

        // If all requests are rejected, or none, they reach little.
        Assert.True(mayAllBeRejected || lists * 100 > Cases, $"Only {lists} of {Cases} requests returned a list.");
        Assert.True(problems * 100 > Cases, $"Only {problems} of {Cases} requests were rejected.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{lists} lists, {problems} problems.");
    }

    private static string Query(SentParameter[] parameters) =>
        string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));

    /// <summary>Asserts that an error has the name of a sent parameter and, if the parameter is a text with a syntax error, the
    /// character.</summary>
    private static void AssertPlace(string key, JsonArray messages, SentParameter[] sent)
    {
        var parameter = Assert.Single(sent, one =>
            key == one.Name || (one.Name is "p" or "P" && key.StartsWith(one.Name, StringComparison.Ordinal) && key[1] is '.' or '['));
        if (parameter.Name.ToUpperInvariant() is not ("Q" or "FIELDS"))
            return;
        foreach (var text in messages.Select(message => (string)message!))
        {
            // The error concerns the entire value.
            if (text.StartsWith("must not contain U+0000 ", StringComparison.Ordinal)
                || text.StartsWith("too long: ", StringComparison.Ordinal))
            {
                continue;
            }
            var location = Place().Match(text);
            Assert.True(location.Success, $"No place in '{text}'");
            Assert.InRange(
                int.Parse(location.Groups["number"].Value, CultureInfo.InvariantCulture), 1, parameter.Value.EnumerateRunes().Count() + 1);
        }
    }

    [GeneratedRegex("at character (?<number>[0-9]+)\\.")]
    private static partial Regex Place();
}
