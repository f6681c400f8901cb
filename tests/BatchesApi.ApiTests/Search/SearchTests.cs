using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Search;

/// <summary>The parameter <c>q</c>, and <c>contains</c> and <c>startsWith</c> in <c>fields</c> (specification, section 3), sentence by
/// sentence.</summary>
public sealed class SearchTests(ApiServer server)
{
    [Theory]

    // As a substring, anywhere in the text.
    [InlineData("The first quarter", "first")]
    [InlineData("The first quarter", "rst")]
    [InlineData("The first quarter", "quarterly", false)]

    // Case and accents are ignored.
    [InlineData("Caf\u00E9", "CAFE")]
    [InlineData("CAFE", "caf\u00E9")]
    [InlineData("cafe\u0301", "caf\u00E9")]
    [InlineData("\u0141\u00F3d\u017A", "\u0142odz")]
    [InlineData("\u0141\u00F3d\u017A", "lodz", false)]
    [InlineData("\u0130stanbul", "istanbul")]
    [InlineData("\u0131s\u0131", "isi", false)]
    [InlineData("STRA\u1E9EE", "stra\u00DFe")]
    [InlineData("Stra\u00DFe", "strasse", false)]
    [InlineData("\uFB01nance \uFF21\uFF22\uFF23", "finance abc")]
    [InlineData("\u039F\u0394\u039F\u03A3", "\u03BF\u03B4\u03CC\u03C2")]
    [InlineData("\u03BF\u03B4\u03CC\u03C2", "\u039F\u0394\u039F\u03A3")]
    [InlineData("\u039F\u0394\u039F\u03A3\u03A3", "\u03BF\u03B4\u03BF\u03C2")]

    // Arabic without vowel marks, tatweel and the hamza of alef.
    [InlineData("\u0623\u062D\u0645\u062F", "\u0627\u062D\u0645\u062F")]
    [InlineData("\u0627\u062D\u0645\u062F", "\u0623\u062D\u0645\u062F")]
    [InlineData("\u0625\u0633\u0644\u0627\u0645 \u0622\u062F\u0645", "\u0627\u0633\u0644\u0627\u0645 \u0627\u062F\u0645")]
    [InlineData("\u0671\u0644\u0639\u0631\u0628\u064A\u0629", "\u0627\u0644\u0639\u0631\u0628\u064A\u0629")]
    [InlineData("\u0645\u064F\u062D\u064E\u0645\u0651\u064E\u062F", "\u0645\u062D\u0645\u062F")]
    [InlineData("\u0645\u062D\u0645\u062F", "\u0645\u064F\u062D\u064E\u0645\u0651\u064E\u062F")]
    [InlineData("\u0645\u0640\u062D\u0640\u0640\u0645\u0640\u062F", "\u0645\u062D\u0645\u062F")]
    [InlineData("\uFEE3\uFEA4\uFEE4\uFEAA", "\u0645\u062D\u0645\u062F")]
    [InlineData("\u0645\u062F\u0631\u0633\u0629", "\u0645\u062F\u0631\u0633\u0647", false)]

    // One or two characters match only the beginning of a word: at the start or after white space.
    [InlineData("quarter", "q")]
    [InlineData("quarter", "QU")]
    [InlineData("quarter", "u", false)]
    [InlineData("quarter", "ar", false)]
    [InlineData("quarter", "art")]
    [InlineData("first quarter", "qu")]
    [InlineData("first\tquarter", "qu")]
    [InlineData("first\nquarter", "qu")]
    [InlineData("first\u00A0quarter", "q")]
    [InlineData("first\u2028quarter", "q")]
    [InlineData("first\u3000quarter", "q")]
    [InlineData("first-quarter", "qu", false)]
    [InlineData("(quarter)", "qu", false)]
    [InlineData("first\u200Bquarter", "qu", false)]

    // A word begins at each character of a script that is written without spaces.
    [InlineData("\u6771\u4EAC\u652F\u5E97", "\u4EAC\u652F")]
    [InlineData("\u6771\u4EAC\u652F\u5E97", "\u5E97")]
    [InlineData("\u6771\u4EAC\u652F\u5E97", "\u6771\u4EAC\u652F")]
    [InlineData("\u6771\u4EAC\u652F\u5E97", "\u6771\u652F", false)]
    [InlineData("\u6771\u4EAC\u652F\u5E97", "\"\u6771 \u4EAC\"", false)]
    [InlineData("\u6771 \u4EAC", "\u6771\u4EAC", false)]
    [InlineData("\u6771\u3000\u4EAC", "\"\u6771 \u4EAC\"")]
    [InlineData("\u6771  \u4EAC", "\"\u6771 \u4EAC\"", false)]
    [InlineData("x\u6771", "\u6771")]
    [InlineData("x \u6771", "\" \"", false)]
    [InlineData("xab\u4EAC", "ab\u4EAC")]
    [InlineData("\u4EACab", "\u4EACa")]
    [InlineData("x\u4EACab", "\u4EACa")]
    [InlineData("a\u4EAC", "a\u4EAC")]
    [InlineData("xa\u4EAC", "a\u4EAC", false)]
    [InlineData("\u4EACa", "a", false)]
    [InlineData("\u6642\u3005\u4E8C\u3007", "\u3005")]
    [InlineData("\u6642\u3005\u4E8C\u3007", "\u3007")]
    [InlineData("\u30AC\u30FC\u30C7\u30F3", "\uFF83\uFF9E")]
    [InlineData("\uFF76\uFF9E\uFF70\uFF83\uFF9E\uFF9D", "\u30FC\u30C7")]
    [InlineData("\u3072\u3089\u304C\u306A", "\u304B\u306A")]
    [InlineData("\u0E1B\u0E23\u0E30\u0E40\u0E17\u0E28\u0E44\u0E17\u0E22", "\u0E44\u0E17")]
    [InlineData("\u0E19\u0E49\u0E33\u0E15\u0E32\u0E25", "\u0E15")]
    [InlineData("\u0E9E\u0EB2\u0EAA\u0EB2\u0EA5\u0EB2\u0EA7", "\u0EA5\u0EB2")]
    [InlineData("\u1797\u17B6\u179F\u17B6\u1781\u17D2\u1798\u17C2\u179A", "\u1781")]
    [InlineData("\u1019\u103C\u1014\u103A\u1019\u102C", "\u1014")]
    [InlineData("\U00020000\U00020001", "\U00020001")]

    // Hangul is written with spaces. Its syllables are two or three letters after folding.
    [InlineData("\uB300\uD55C\uBBFC\uAD6D", "\uAD6D")]
    [InlineData("\uB300\uD55C\uBBFC\uAD6D", "\uBBFC\uAD6D")]
    [InlineData("\uAD6D\uAC00", "\uAC00", false)]
    [InlineData("\uAC00\uAD6C", "\uAC00")]

    // Invisible characters are ignored.
    [InlineData("quart\u00ADer", "quarter")]
    [InlineData("quarter", "quart\u200Ber")]
    [InlineData("\u202Bquarter\u202C", "qu")]
    [InlineData("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", "\u0645\u06CC\u062E\u0648\u0627\u0647\u0645")]
    [InlineData("\uFEFFx", "x")]
    [InlineData("x\U0001F600", "\U0001F600", false)]
    [InlineData("x \U0001F600", "\U0001F600")]

    // The characters are counted after folding.
    [InlineData("xeab", "e\u0301\u0302ab", true)]
    [InlineData("xea", "e\u0301a", false)]
    [InlineData("official", "\uFB03")]

    // A phrase is one term.
    [InlineData("the first quarter", "\"first quarter\"")]
    [InlineData("the first quarter", "\"t q\"")]
    [InlineData("the first quarter", "\"quarter first\"", false)]
    [InlineData("the first quarter", "quarter first")]
    [InlineData("the first  quarter", "\"first quarter\"", false)]
    [InlineData("the first\tquarter", "\"first quarter\"", false)]
    [InlineData("the first\tquarter", "\"first\tquarter\"")]
    [InlineData("the first\u00A0quarter", "\"first quarter\"")]
    [InlineData("the first quarter", "\" quarter\"")]
    [InlineData("the first quarter", "\" the\"", false)]
    [InlineData("the first quarter", "\"quarter \"", false)]
    [InlineData("the first quarter", "\" q\"", false)]
    [InlineData("the first  quarter", "\" q\"")]
    [InlineData("the first  quarter", "\" \"")]
    [InlineData("the first quarter", "\" \"", false)]

    // Excluded terms.
    [InlineData("the first quarter", "-second")]
    [InlineData("the first quarter", "-first", false)]
    [InlineData("the first quarter", "the -second -\"quarter first\"")]
    [InlineData("the first quarter", "the -\"first quarter\"", false)]
    [InlineData("the first quarter", "second -third", false)]
    [InlineData("quarter", "-ar")]
    [InlineData("e-mail", "e-mail")]
    [InlineData("e-mail", "-mail", false)]
    [InlineData("e-mail", "\"-mail\"")]

    // Ordinary characters.
    [InlineData("50% off", "50%")]
    [InlineData("500 off", "50%", false)]
    [InlineData("500 off", "5%f", false)]
    [InlineData("a_b", "a_b")]
    [InlineData("axb", "a_b", false)]
    [InlineData("abc", "___", false)]
    [InlineData("abc", "%%%", false)]
    [InlineData("abc", "%", false)]
    [InlineData(@"C:\temp", @"c:\temp")]
    [InlineData(@"C:temp", @"c:\temp", false)]
    [InlineData(@"a\%b", @"a\%b")]
    [InlineData("a%b", @"a\%b", false)]
    [InlineData(@"x \", @"\")]
    [InlineData("5\" pipe", "5\"")]
    [InlineData("it's", "it's")]
    [InlineData("it''s", "it's", false)]
    [InlineData("[abc]", "[abc]")]
    [InlineData("a", "[a]", false)]
    public async Task A_term_matches_text_as_specified(string summary, string q, bool isFound = true)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateAsync(Batch("0", "0", ("summary", summary)));
        Assert.Equal(isFound ? "0" : "", await FindAsync(client, q));
    }

    [Fact]
    public async Task All_terms_must_occur_in_any_of_the_texts()
    {
        using var client = await server.CreateClientAsync();
        await client.CreateAsync(
            Batch("alpha", "beta", ("manager", "gamma"), ("assignee", "delta"), ("summary", "epsilon"), ("notes", "zeta")));
        await client.CreateAsync(Batch("alpha 2", "beta"));

        Assert.Equal("alpha, alpha 2", await FindAsync(client, "beta alpha"));
        Assert.Equal("alpha", await FindAsync(client, "alpha beta gamma delta epsilon zeta"));
        Assert.Equal("alpha 2", await FindAsync(client, "alpha -gamma"));
        Assert.Equal("", await FindAsync(client, "alpha -beta"));
        Assert.Equal("", await FindAsync(client, "alpha eta theta"));
        foreach (var word in (string[])["gamma", "delta", "epsilon", "zeta"])
            Assert.Equal("alpha", await FindAsync(client, word));
    }

    [Fact]
    public async Task A_term_never_matches_across_two_texts()
    {
        using var client = await server.CreateClientAsync();
        await client.CreateAsync(Batch("one", "two", ("manager", "three"), ("notes", "four")));
        (string, string)[] neighbors = [("one", "two"), ("two", "three"), ("three", "four"), ("e", "t"), ("e", ""), ("", "t"), ("", "two")];
        foreach (var space in (string[])["", " ", "  ", "   ", "\u00A0", " \u00A0", "\u00A0 ", "\t", "\n", "\u0001"])
        {
            foreach (var (left, right) in neighbors)
            {
                if (left.Length > 0 && (right.Length > 0 || space.Length > 0))
                    Assert.Equal("", await FindAsync(client, $"\"{left}{space}{right}\""));
                else if (space.Length > 0)
                    Assert.Equal("", await FindAsync(client, $"\"{space}{right}\""));
            }
        }
        Assert.Equal("one", await FindAsync(client, "one two thr fou"));
    }

    [Fact]
    public async Task A_complete_id_finds_its_batch_and_batches_that_contain_it()
    {
        const string Lead = "63a5b84c53e1218321c55001";
        using var client = await server.CreateClientAsync();
        var id = (await client.CreateAsync(Batch("itself", "x"))).Id();
        await client.CreateAsync(Batch("lead", "x", ("leadIds", new JsonArray("other", id)), ("opportunityIds", new JsonArray(Lead))));
        await client.CreateAsync(
            Batch("opportunity", "x", ("leadIds", new JsonArray("two words", Lead)), ("opportunityIds", new JsonArray(id))));
        await client.CreateAsync(Batch("notes", "x", ("notes", $"See {id}.")));

        Assert.Equal("itself, lead, notes, opportunity", await FindAsync(client, id));
        Assert.Equal("itself, lead, notes, opportunity", await FindAsync(client, id.ToUpperInvariant()));
        Assert.Equal("", await FindAsync(client, $"-{id}"));
        Assert.Equal("lead, opportunity", await FindAsync(client, $"{id} {Lead}"));
        Assert.Equal("itself, notes", await FindAsync(client, $"{id} -{Lead}"));
        Assert.Equal("opportunity", await FindAsync(client, "\"two words\""));

        // A part of an id is found only in text.
        Assert.Equal("notes", await FindAsync(client, id[..23]));
        Assert.Equal("notes", await FindAsync(client, id[1..]));
        Assert.Equal("", await FindAsync(client, Lead[..23]));
        Assert.Equal("", await FindAsync(client, "words"));
    }

    [Theory]
    [InlineData("a ", "last")]
    [InlineData("\uFDFA", "last")]
    [InlineData("\U0001F600", "\U0001F600\U0001F600last")]
    public async Task The_longest_text_is_searched_to_its_end(string piece, string q)
    {
        using var client = await server.CreateClientAsync();
        var text = string.Concat(Enumerable.Repeat(piece, 9_990 / piece.EnumerateRunes().Count())) + "last";
        await client.CreateAsync(Batch("0", "x", ("notes", text)));
        Assert.Equal("0", await FindAsync(client, q));
        Assert.Equal(["0"], await CodesAsync(client, $"fields=notes:contains:{Uri.EscapeDataString(q)}"));
        Assert.Equal("", await FindAsync(client, $"{q}x"));
    }

    [Fact]
    public async Task Active_and_deleted_batches_are_searched_separately()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateDeletedIdAsync("gone quarter");
        await client.CreateIdAsync("present quarter");

        Assert.Equal("gone quarter", await FindAsync(client, "quarter", path: Http.Deleted));
        Assert.Equal("gone quarter", await FindAsync(client, id, path: Http.Deleted));
        Assert.Equal("", await FindAsync(client, "-gone", path: Http.Deleted));
        Assert.Equal("present quarter", await FindAsync(client, "quarter"));
        Assert.Equal("", await FindAsync(client, id));
    }

    [Fact]
    public async Task Searches_never_find_batches_of_other_accounts()
    {
        using var theirs = await server.CreateClientAsync();
        var id = (await theirs.CreateAsync(Batch("quarter", "x", ("leadIds", new JsonArray("63a5b84c53e1218321c55001"))))).Id();
        using var mine = await server.CreateClientAsync();
        foreach (var q in (string[])["quarter", "qu", id, "63a5b84c53e1218321c55001", "-nothing"])
        {
            Assert.Equal("", await FindAsync(mine, q));
            Assert.NotEqual("", await FindAsync(theirs, q));
        }
    }

    [Fact]
    public async Task Search_results_reflect_every_change()
    {
        using var client = await server.CreateClientAsync();
        var id = (await client.CreateAsync(Batch("0", "x", ("summary", "R\u00E9sum\u00E9")))).Id();
        Assert.Equal("0", await FindAsync(client, "resume"));

        await client.SendAsync(
            "PATCH", $"{Http.Batches}/{id}", """{"summary":null,"notes":"\u0645\u064F\u062D\u064E\u0645\u0651\u064E\u062F"}""")
            .JsonAsync();
        Assert.Equal("", await FindAsync(client, "resume"));
        Assert.Equal("0", await FindAsync(client, "\u0645\u062D\u0645\u062F"));

        await client.SendAsync("PUT", $"{Http.Batches}/{id}", """{"batchCode":"1","batchType":"Two"}""").JsonAsync();
        Assert.Equal("", await FindAsync(client, "\u0645\u062D\u0645\u062F"));
        Assert.Equal("1", await FindAsync(client, "two"));
    }

    [Fact]
    public async Task A_search_combines_with_every_other_parameter()
    {
        using var client = await server.CreateClientAsync();
        foreach (var (i, type) in ((string[])["renewal", "upsell", "renewal", "renewal", "renewal"]).Index())
            await client.CreateAsync(Batch($"B-{i}", type, ("rating", i), ("summary", i == 2 ? "second quarter" : "first quarter")));

        Assert.Equal("B-0, B-3, B-4", await FindAsync(client, "first renewal"));
        Assert.Equal("B-3, B-4", await FindAsync(client, "first renewal", "&fields=batchCode,rating:gte:1"));
        Assert.Equal("B-0, B-3", await FindAsync(client, "first renewal", "&p={\"rating\":{\"$lt\":4}}"));
        Assert.Equal("B-3", await FindAsync(
            client, "first", "&fields=batchCode,batchType:renewal,summary:contains:QUART&p={\"rating\":{\"$in\":[1,2,3]}}"));
        Assert.Equal(["B-4", "B-3"], await CodesAsync(client, "q=first%20renewal&sortBy=rating&limit=2"));
        Assert.Equal(["B-0"], await CodesAsync(client, "Q=first%20renewal&sortBy=rating&limit=2&page=2"));
        Assert.Equal(["B-0", "B-3", "B-4"], await CodesAsync(client, "q=first%20renewal&sortBy=batchType,rating&order=asc"));
        Assert.Equal(["B-4", "B-3", "B-2", "B-1", "B-0"], await CodesAsync(client, "q=%20%09"));
        Assert.Equal(["B-4", "B-3", "B-2", "B-1", "B-0"], await CodesAsync(client, "q="));

        var first = await client.GetJsonAsync($"{Http.Batches}?q=first%20renewal&sortBy=rating&limit=2");
        Assert.Equal((3, 2), ((int?)first["total"], (int?)first["pages"]));
        var cursor = (string?)first["nextCursor"];
        Assert.Equal(["B-0"], await CodesAsync(client, $"q=first%20renewal&sortBy=rating&limit=1&cursor={cursor}"));
        foreach (var other in (string[])["q=first&", "q=renewal%20first&", "q=FIRST%20renewal&", ""])
        {
            var error = await client.SendAsync("GET", $"{Http.Batches}?{other}sortBy=rating&cursor={cursor}")
                .ValidationErrorsAsync("invalid_parameter");
            Assert.StartsWith("cursor: not a cursor of this list", Assert.Single(error), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("q=renewal&fields=assignee:null,assignee:ne:null")]
    [InlineData("q=63a5b84c53e1218321c55572&p={\"assignee\":null,\"$nor\":[{\"assignee\":null}]}")]
    [InlineData("fields=leadIds:a,assignee:null,assignee:ne:null")]
    [InlineData("fields=summary:contains:a,summary:null,summary:ne:null")]
    public async Task Conditions_that_contradict_each_other_find_nothing(string query)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateIdAsync();
        foreach (var path in (string[])[Http.Batches, Http.Deleted])
            Assert.Equal(0, (int?)(await client.GetJsonAsync($"{path}?{query}&sortBy=rating&count=exact"))["total"]);
    }

    [Theory]
    [InlineData("Q=\"a", "Q: unclosed double quote at character 1.")]
    [InlineData("q=%F0%9F%98%80%20\"\"", "q: empty phrase at character 3.")]
    [InlineData("q=\"a\"b%20\"", "q: expected white space after the closing quote at character 4.",
        "q: unclosed double quote at character 6.")]
    [InlineData("q=1+2+3+4+5+6+7+8+9+10+11", "q: too many terms at character 22. The maximum is 10. Words in double quotes are one term.")]
    [InlineData("q=a%00", "q: must not contain U+0000 or an unpaired surrogate.")]
    [InlineData("q=a&q=b", "q: must not be given more than once.")]
    [InlineData("q=%CC%81%20-%22%E2%80%8B%22",
        "q: nothing to search for at character 1. Marks, tatweel and invisible characters are ignored.")]
    public async Task A_search_error_names_the_parameter_and_the_character(string query, params string[] errors)
    {
        using var client = await server.CreateClientAsync();
        foreach (var path in (string[])[Http.Batches, Http.Deleted])
            Assert.Equal(errors, await client.SendAsync("GET", $"{path}?{query}").ValidationErrorsAsync("invalid_parameter"));
    }

    [Fact]
    public async Task A_search_can_have_up_to_200_characters()
    {
        using var client = await server.CreateClientAsync();
        var longest = string.Concat(Enumerable.Repeat("\U0001F600", 200));
        await client.CreateAsync(Batch("0", "x", ("notes", $"{longest} and more")));
        Assert.Equal("0", await FindAsync(client, longest));
        Assert.Equal(
            ["q: too long: 201 characters. The maximum is 200."],
            await client.SendAsync("GET", $"{Http.Batches}?q={Uri.EscapeDataString($"{longest}x")}")
                .ValidationErrorsAsync("invalid_parameter"));
    }

    [Theory]

    // contains and startsWith match text, however short, ignoring case and accents.
    [InlineData("summary:contains:QUART", "1")]
    [InlineData("summary:contains:t q", "1")]
    [InlineData("summary:contains:qu", "1")]
    [InlineData("summary:contains:ua", "1")]
    [InlineData("summary:contains:R", "1")]
    [InlineData("summary:contains:z", "")]
    [InlineData("manager:contains:\u00C9\u0301", "1")]
    [InlineData("manager:contains:l", "2")]
    [InlineData("manager:contains:\u0301", "1, 2")]
    [InlineData("Summary:CONTAINS:\"first quarter\"", "1")]
    [InlineData("summary:contains:\" quarter\"", "1")]
    [InlineData("summary:contains:\" first\"", "")]
    [InlineData("manager:contains:rene", "1")]
    [InlineData("manager:contains:null", null)]
    [InlineData("manager:contains:\"null\"", "2")]

    // At the start of the field.
    [InlineData("summary:startsWith:FIRST", "1")]
    [InlineData("summary:startsWith:f", "1")]
    [InlineData("summary:startsWith:quarter", "")]
    [InlineData("summary:startsWith:qu", "")]
    [InlineData("notes:startsWith:50%", "1")]
    [InlineData("notes:startsWith:\" 50\"", "2")]
    [InlineData("notes:contains:0%", "1")]
    [InlineData("notes:contains:%", "1")]
    [InlineData("notes:contains:_", "")]
    [InlineData("notes:contains:\\", "")]
    [InlineData("notes:contains:\" \"", "1, 2")]
    [InlineData("notes:contains:50_", "")]

    // A missing field does not match, not even an empty text.
    [InlineData("manager:contains:\"\"", "1, 2")]
    [InlineData("manager:startsWith:\"\"", "1, 2")]

    // An element of an array, exactly.
    [InlineData("leadIds:contains:\"\"", "")]
    [InlineData("leadIds:contains:x", "1")]
    [InlineData("leadIds:contains:X", "")]
    [InlineData("leadIds:contains:Lead one", "1")]
    [InlineData("leadIds:contains:Lead", "")]
    [InlineData("leadIds:startsWith:x", null)]

    // Only in that field, and all values.
    [InlineData("assignee:contains:first", "")]
    [InlineData("summary:contains:first,manager:startsWith:ren", "1")]
    [InlineData("summary:contains:first,manager:startsWith:x", "")]
    [InlineData("batchCode:startsWith:1,batchType:contains:typ", "1")]
    public async Task Contains_and_startsWith_match_one_field(string fields, string? codes)
    {
        using var client = await server.CreateClientAsync();
        var leads = new JsonArray("x", "Lead one");
        await client.CreateAsync(
            Batch("1", "type", ("summary", "First quarter"), ("manager", "Ren\u00E9e"), ("notes", "50% off"), ("leadIds", leads)));
        await client.CreateAsync(Batch("2", "type", ("manager", "Null"), ("notes", " 500"), ("leadIds", new JsonArray("y"))));
        await client.CreateAsync(Batch("3", "type"));
        if (codes is null)
        {
            Assert.Single(await client.SendAsync("GET", $"{Http.Batches}?fields={fields}").ValidationErrorsAsync("invalid_parameter"));
        }
        else
        {
            Assert.Equal(
                codes,
                string.Join(", ", (await CodesAsync(client, $"fields={Uri.EscapeDataString(fields)}")).Order(StringComparer.Ordinal)));
        }
    }

    [Theory]
    [InlineData("""{"summary":{"$contains":"UA"}}""", "1")]
    [InlineData("""{"summary":{"$contains":"quarter"}}""", "1")]
    [InlineData("""{"summary":{"$startsWith":"f","$contains":"t"}}""", "1")]
    [InlineData("""{"summary":{"$startsWith":"quarter"}}""", "")]
    [InlineData("""{"summary":{"$not":{"$contains":"quarter"}}}""", "2")]
    [InlineData("""{"manager":{"$not":{"$startsWith":"ren"}},"summary":null}""", "2")]
    [InlineData("""{"$nor":[{"summary":{"$contains":"q"}},{"batchCode":{"$startsWith":"3"}}]}""", "2")]
    [InlineData("""{"$or":[{"summary":{"$contains":"quarter"}},{"manager":{"$contains":"u"}}]}""", "1, 2")]
    [InlineData("""{"manager":{"$contains":""}}""", "1, 2")]
    [InlineData("""{"manager":{"$not":{"$contains":""}}}""", "")]
    public async Task Contains_and_startsWith_in_p_match_one_field(string p, string codes)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateAsync(Batch("1", "type", ("summary", "First quarter"), ("manager", "Ren\u00E9e")));
        await client.CreateAsync(Batch("2", "type", ("manager", "Null")));
        Assert.Equal(
            codes,
            string.Join(
                ", ", (await CodesAsync(client, $"p={Uri.EscapeDataString(p)}")).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task StartsWith_matches_the_digits_of_an_id()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync("0");
        Assert.Equal(["0"], await CodesAsync(client, $"fields=id:startsWith:{id[..8].ToUpperInvariant()}"));
        Assert.Equal(["0"], await CodesAsync(client, $"fields=id:contains:{id[4..20]}"));
        Assert.Empty(await CodesAsync(client, $"fields=id:startsWith:{id[1..8]}x"));
    }

    private static string Batch(string code, string type, params (string Name, JsonNode Value)[] more)
    {
        var batch = new JsonObject { ["batchCode"] = code, ["batchType"] = type };
        foreach (var (name, value) in more)
            batch[name] = value;
        return batch.ToJsonString(JsonSerializerOptions.Web);
    }

    /// <summary>The sorted codes of the batches that a search finds, in one line.</summary>
    private static async Task<string> FindAsync(HttpClient client, string q, string more = "", string path = Http.Batches) =>
        string.Join(", ", (await CodesAsync(client, $"q={Uri.EscapeDataString(q)}{more}", path)).Order(StringComparer.Ordinal));

    private static async Task<IReadOnlyList<string>> CodesAsync(HttpClient client, string query, string path = Http.Batches) =>
        [.. (await client.ListAsync($"{path}?{query}")).Select(batch => (string?)batch!["batchCode"] ?? "")];
}
