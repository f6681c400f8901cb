using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.Tests.Lists;

/// <summary>Cursors: their values, and the rejection of all text that is not a cursor of the same list.</summary>
public sealed class CursorTests
{
    private const string Id = "63a5b84c53e1218321c55572";

    private static readonly Batch Full = new()
    {
        Id = Id,
        BatchCode = "B-\u00E9\u0301 \U0001F600 \"\\\u2028<&+",
        BatchType = "renewal",
        Manager = "\u0645\u0631\u062D\u0628\u0627",
        Assignee = "",
        DueDate = new DateTime(0, DateTimeKind.Utc),
        Repeated = true,
        Summary = "a\tb\nc\u0001\u001F \u007F\u0085\\\"",
        Notes = string.Concat(Enumerable.Repeat("\U0001F469\u200D\U0001F4BB", 3_000)),
        Rating = 0,
        CreatedAt = DateTime.MaxValue.ToMicroseconds(),
        UpdatedAt = new DateTime(2026, 12, 1, 9, 30, 0, DateTimeKind.Utc).AddMicroseconds(1),
        DeletedAt = new DateTime(2026, 12, 2, 0, 0, 0, DateTimeKind.Utc),
        Version = int.MaxValue,
    };

    private static readonly Batch Empty =
        new() { Id = Id, BatchCode = "B-1", BatchType = "renewal", DeletedAt = Full.DeletedAt, Version = 1 };

    public static TheoryData<string, bool> Sorts => new(
        from deleted in (bool[])[false, true]
        from key in BatchFields.Sortable(deleted)
        from order in (string[])["asc", "desc"]
        select ($"sortBy={key}&order={order}", deleted));

    [Theory]
    [MemberData(nameof(Sorts))]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("sortBy=rating,dueDate&order=asc,desc", false)]
    [InlineData("sortBy=notes,repeated,version,assignee&order=desc,asc,asc,desc", false)]
    [InlineData("sortBy=deletedAt,summary,manager", true)]
    [InlineData("p={\"rating\":{\"$gte\":4}}&q=a -b&fields=assignee:amy", false)]
    public void A_cursor_contains_the_values_of_the_sort_keys(string query, bool deleted)
    {
        var plan = Plans.Of(query, deleted);
        foreach (var batch in (Batch[])[Full, Empty])
            Assert.Equal(plan.Order.Select(key => key.Field.Get(batch)), Cursor.Read(Cursor.Write(plan, batch), plan)!.After);
    }

    /// <summary>Clients may hold cursors for long: a change of the texts of conditions would make all of them invalid.</summary>
    [Fact]
    public void Cursors_of_earlier_versions_are_valid()
    {
        const string Query = "sortBy=rating,batchCode&order=asc,desc&q=amy -bob&fields=assignee:ne:null,batchType:in:a|b,notes:startsWith:x"
            + "&p={\"leadIds\":{\"$size\":2,\"$all\":[\"a\"],\"$elemMatch\":{\"$gt\":\"a\"}},"
            + "\"opportunityIds\":[\"b\"],\"dueDate\":{\"$lt\":\"2026-12-01\"},\"repeated\":true}";
        var batch = new Batch { Id = Id, BatchCode = "B-1", Rating = 4 };
        Assert.Equal("QmkYQg7ND_nQhWHzWzQsIkItMSJd", Cursor.Write(Plans.Of(Query), batch));
    }

    [Fact]
    public void A_cursor_needs_no_percent_encoding()
    {
        var plan = Plans.Of("sortBy=batchCode,notes");
        Assert.Matches("^[A-Za-z0-9_-]+$", Cursor.Write(plan, Full));
    }

    [Theory]
    [InlineData("a", 10_000)]
    [InlineData("\"", 20_000)]
    [InlineData("\n", 20_000)]
    [InlineData("\t", 20_000)]
    [InlineData("\r", 20_000)]
    [InlineData("\u0645", 20_000)]
    [InlineData("\u6F22", 30_000)]
    [InlineData("\U0001F600", 40_000)]
    public void A_text_takes_no_more_than_its_bytes(string letter, int bytes)
    {
        var plan = Plans.Of("sortBy=notes");
        var cursor = Cursor.Write(plan, new Batch { Id = Id, Notes = string.Concat(Enumerable.Repeat(letter, 10_000)) });
        Assert.InRange(cursor.Length * 3 / 4, bytes, bytes + 50);
    }

    [Fact]
    public void A_cursor_with_a_changed_character_is_rejected()
    {
        // Lengths with a remainder of 0, 1 and 2 bytes in Base64.
        foreach (var code in (string[])["B-1", "B-10", "B-100"])
        {
            var plan = Plans.Of("sortBy=batchCode,rating");
            var cursor = Cursor.Write(plan, new Batch { Id = Id, BatchCode = code, Rating = 4 });
            for (var i = 0; i < cursor.Length; i++)
            {
                foreach (var other in Enumerable.Range(0, 128).Select(code => (char)code).Append('\u00E9'))
                {
                    if (other != cursor[i])
                        Assert.Null(Cursor.Read($"{cursor[..i]}{other}{cursor[(i + 1)..]}", plan));
                }
            }
        }
    }

    [Fact]
    public void A_cursor_with_a_changed_bit_is_rejected()
    {
        var plan = Plans.Of("sortBy=rating");
        var bytes = Base64Url.DecodeFromChars(Cursor.Write(plan, Full));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(Cursor.Read(Base64Url.EncodeToString(bytes), plan));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_shortened_or_lengthened_cursor_is_rejected()
    {
        var plan = Plans.Of("sortBy=batchCode,rating");
        foreach (var code in (string[])["B-1", "B-10", "B-100"])
        {
            var cursor = Cursor.Write(plan, new Batch { Id = Id, BatchCode = code });
            for (var i = 0; i < cursor.Length; i++)
            {
                Assert.Null(Cursor.Read(cursor[..i], plan));
                Assert.Null(Cursor.Read(cursor[(i + 1)..], plan));
            }
            foreach (var more in (string[])["A", "AA", "AAA", "AAAA", "=", "==", " ", "\n", "\t\r\n ", "\0", ".", "IA", cursor])
            {
                Assert.Null(Cursor.Read(cursor + more, plan));
                Assert.Null(Cursor.Read(more + cursor, plan));
                Assert.Null(Cursor.Read(cursor[..9] + more + cursor[9..], plan));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("sortBy=updatedAt&fields=assignee:amy")]
    [InlineData("sortBy=rating,dueDate&order=desc,desc&fields=assignee:amy")]
    [InlineData("sortBy=rating&order=asc&fields=assignee:amy")]
    [InlineData("sortBy=rating,dueDate&order=desc,asc&fields=assignee:amy&limit=7")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:bob")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:ne:amy")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=manager:amy")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:Amy")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:\"amy \"")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:null")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:amy&q=amy")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&q=amy")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&fields=assignee:amy&p={\"repeated\":true}")]
    [InlineData("sortBy=rating,dueDate&order=asc,desc&p={\"$or\":[{\"assignee\":\"amy\"},{\"rating\":4}]}")]
    public void A_cursor_of_another_sort_or_filter_is_rejected(string other)
    {
        var plan = Plans.Of("sortBy=rating,dueDate&order=asc,desc&fields=assignee:amy");
        Assert.Null(Cursor.Read(Cursor.Write(Plans.Of(other), Full), plan));
        Assert.Null(Cursor.Read(Cursor.Write(plan, Full), Plans.Of(other)));
    }

    [Theory]
    [InlineData("q=amy", "q=-amy")]
    [InlineData("q=amy bob", "q=\"amy bob\"")]
    [InlineData("q=amy", "q=amy bob")]
    [InlineData("fields=notes:contains:amy", "fields=notes:startsWith:amy")]
    [InlineData("fields=notes:contains:amy", "fields=summary:contains:amy")]
    [InlineData("p={\"leadIds\":\"a\"}", "p={\"leadIds\":[\"a\"]}")]
    [InlineData("p={\"leadIds\":\"a\"}", "p={\"opportunityIds\":\"a\"}")]
    [InlineData("p={\"leadIds\":{\"$all\":[\"a\",\"b\"]}}", "p={\"leadIds\":{\"$in\":[\"a\",\"b\"]}}")]
    [InlineData("p={\"assignee\":{\"$in\":[\"a\",\"b\"]}}", "p={\"assignee\":{\"$in\":[\"a, b\"]}}")]
    [InlineData("p={\"assignee\":{\"$in\":[\"a\",\"b\"]}}", "p={\"assignee\":{\"$in\":[\"a\\\", \\\"b\"]}}")]
    [InlineData("p={\"assignee\":\"a\",\"manager\":\"b\"}", "p={\"assignee\":\"a\\\" and manager = \\\"b\"}")]
    [InlineData("p={\"$or\":[{\"rating\":1},{\"rating\":2}],\"repeated\":true}",
        "p={\"$or\":[{\"rating\":1},{\"rating\":2,\"repeated\":true}]}")]
    [InlineData("p={\"dueDate\":{\"$gt\":\"2026-12-01\"}}", "p={\"dueDate\":{\"$gt\":\"2026-12-01T00:00:00.000001Z\"}}")]
    [InlineData("p={\"dueDate\":{\"$gt\":\"2026-12-01\"}}", "p={\"dueDate\":{\"$gte\":\"2026-12-01\"}}")]
    public void Cursors_of_similar_filters_are_distinguished(string one, string other)
    {
        Assert.NotNull(Cursor.Read(Cursor.Write(Plans.Of(one), Full), Plans.Of(one)));
        Assert.Null(Cursor.Read(Cursor.Write(Plans.Of(one), Full), Plans.Of(other)));
        Assert.Null(Cursor.Read(Cursor.Write(Plans.Of(other), Full), Plans.Of(one)));
    }

    [Fact]
    public void A_cursor_of_another_account_or_of_the_other_list_is_rejected()
    {
        foreach (var deleted in (bool[])[false, true])
        {
            var plan = Plans.Of("sortBy=createdAt", deleted);
            var cursor = Cursor.Write(plan, Full);
            Assert.NotNull(Cursor.Read(cursor, plan));
            Assert.Null(Cursor.Read(cursor, Plans.Of("sortBy=createdAt", !deleted)));
            foreach (var account in (int[])[0, 1, 70, 77, -Plans.Account])
                Assert.Null(Cursor.Read(cursor, plan with { AccountId = account }));
        }
    }

    [Theory]
    [InlineData("sortBy=rating,dueDate&fields=assignee:amy&limit=1000&count=none")]
    [InlineData("SORTBY=Rating,DueDate&ORDER=Desc&fields=assignee:amy&limit=1&count=exact")]
    [InlineData("sortBy=rating,dueDate,id&order=desc,desc,desc&fields=id,Assignee : amy,batchCode")]
    [InlineData("sortBy=rating,dueDate&p={\"$and\":[{\"assignee\":{\"$eq\":\"amy\"}}]}")]
    public void A_cursor_stays_valid_if_the_limit_the_count_the_kept_fields_or_the_spelling_change(string query)
    {
        var before = Plans.Of("sortBy=rating,dueDate&fields=assignee:amy&limit=20");
        var plan = Plans.Of($"{query}&cursor={Cursor.Write(before, Full)}");
        Assert.Equal(before.Order.Select(key => key.Field.Get(Full)), plan.After);
        Assert.Equal((1, 0), (plan.Page, plan.Offset));
    }

    [Fact]
    public void The_error_for_a_cursor_of_another_list_says_what_to_do()
    {
        var cursor = Cursor.Write(Plans.Of("sortBy=rating"), Full);
        Plans.Of($"sortBy=dueDate&CURSOR={cursor}", out var errors);
        Assert.Equal(
            ["CURSOR not a cursor of this list. Send 'nextCursor' unchanged, with the same account, 'sortBy', 'order' and filters."],
            errors.Lines());
    }

    [Theory]
    [InlineData("sortBy=rating&cursor=AAAAAAAAAAAAAAAAAAAAAAAA&Page=1",
        "Page cannot be combined with cursor. A cursor continues after the last response by itself.")]
    [InlineData("sortBy=colour&cursor=AAAAAAAAAAAAAAAAAAAAAAAA", "sortBy unknown field 'colour'.")]
    [InlineData("fields=colour:red&cursor=AAAAAAAAAAAAAAAAAAAAAAAA", "fields unknown field 'colour' at character 1.")]
    public void A_cursor_is_not_checked_against_an_invalid_list(string query, string error)
    {
        Plans.Of(query, out var errors);
        Assert.Equal([error], errors.Lines());
    }

    [Theory]
    [InlineData("sortBy=colour&cursor=abc")]
    [InlineData("limit=0&cursor=%20")]
    [InlineData("page=1&cursor=AAAA")]
    public void A_malformed_cursor_is_reported_together_with_other_errors(string query)
    {
        Plans.Of(query, out var errors);
        Assert.Equal(2, errors.Lines().Count());
        Assert.Contains(errors.Lines(), error => error.StartsWith("cursor not a cursor of this list", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sortBy=rating", "[4,\"x\"]")]
    [InlineData("sortBy=rating", " [ null , \"\" ] ")]
    [InlineData("sortBy=createdAt", "[0,\"x\"]")]
    [InlineData("sortBy=createdAt", "[3155378975999999999,\"x\"]")]
    public void A_forged_cursor_with_valid_values_is_accepted(string query, string values)
    {
        var plan = Plans.Of(query);
        Assert.Equal(2, Cursor.Read(Forge(plan, values), plan)?.After.Count);
    }

    public static TheoryData<string, string, bool> Hostile
    {
        get
        {
            string[] values =
            [
                // Not an array with the right number of values.
                "", " ", "null", "4", "\"x\"", "{}", "{\"0\":4,\"1\":\"x\"}", "[]", "[4]", "[\"x\"]",
                "[4,\"x\",null]", "[4,\"x\",\"x\"]", "[[4,\"x\"]]",

                // Invalid JSON.
                "[4,\"x\"", "[4,\"x\",]", "[4,\"x\"]]", "[4,\"x\"] [4,\"x\"]", "[4,'x']", "[04,\"x\"]",
                "[NaN,\"x\"]", "// \n[4,\"x\"]", "\uFEFF[4,\"x\"]", "[4,\"\n\"]",
                $"{new string('[', 5_000)}{new string(']', 5_000)}", $"[4,{new string('[', 100)}{new string(']', 100)}]",

                // Wrong types.
                "[\"4\",\"x\"]", "[true,\"x\"]", "[{},\"x\"]", "[[],\"x\"]", "[[4],\"x\"]", "[4,4]", "[4,true]",
                "[4,{}]", "[4,[\"x\"]]", "[4.5,\"x\"]", "[4e-1,\"x\"]",

                // Out of range.
                "[2147483648,\"x\"]", "[-2147483649,\"x\"]", "[9223372036854775808,\"x\"]",
                "[1e400,\"x\"]", $"[{new string('9', 5_000)},\"x\"]",

                // Never missing.
                "[4,null]", "[null,null]",

                // Text that PostgreSQL cannot hold.
                "[4,\"\\u0000\"]", "[4,\"a\\u0000b\"]", "[4,\"\\uD800\"]", "[4,\"\\uDC00\"]", "[4,\"\\uDC00\\uD800\"]", "[4,\"\\uD800x\"]",
            ];
            var data = new TheoryData<string, string, bool>();
            data.AddRange(values.Select(value => new TheoryDataRow<string, string, bool>("sortBy=rating", value, false)));

            string[] instants =
            [
                "-1", "3155378976000000000", "9223372036854775807", "-9223372036854775808", "\"2026-12-01\"", "0.5", "true", "null",
            ];
            data.AddRange(instants.Select(value => new TheoryDataRow<string, string, bool>("sortBy=createdAt", $"[{value},\"x\"]", false)));
            data.AddRange(instants.Select(value => new TheoryDataRow<string, string, bool>("sortBy=deletedAt", $"[{value},\"x\"]", true)));
            data.AddRange(instants[..^1].Select(value =>
                new TheoryDataRow<string, string, bool>("sortBy=dueDate", $"[{value},\"x\"]", false)));

            data.AddRange(((string[])["0", "1", "\"true\"", "null", "{}"]).Select(value =>
                new TheoryDataRow<string, string, bool>("sortBy=repeated", $"[{value},\"x\"]", false)));
            data.AddRange(((string[])["null", "\"\\u0000\"", "7", "true"]).Select(value =>
                new TheoryDataRow<string, string, bool>("sortBy=batchCode", $"[{value}]", false)));
            data.Add("sortBy=version", "[null,\"x\"]", false);
            data.Add("sortBy=notes", "[\"\\uD83D\",\"x\"]", false);
            data.Add("sortBy=manager,rating", "[null,\"4\",\"x\"]", false);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_forged_cursor_with_invalid_values_is_rejected(string query, string values, bool deleted)
    {
        var plan = Plans.Of(query, deleted);
        Assert.Null(Cursor.Read(Forge(plan, values), plan));
    }

    [Fact]
    public void A_forged_cursor_with_invalid_UTF8_is_rejected()
    {
        var plan = Plans.Of("sortBy=rating");
        Assert.Null(Cursor.Read(Forge(plan, [.. "[4,\""u8, 0xFF, .. "\"]"u8]), plan));
        Assert.Null(Cursor.Read(Forge(plan, [.. "[4,\""u8, 0xED, 0xA0, 0x80, .. "\"]"u8]), plan));
        Assert.Null(Cursor.Read(Forge(plan, [.. "[4,\"x\"]"u8, 0]), plan));
    }

    private static string Forge(ListPlan plan, string values) => Forge(plan, Encoding.UTF8.GetBytes(values));

    /// <summary>A cursor with other values and a valid digest, which any client can compute.</summary>
    private static string Forge(ListPlan plan, byte[] values)
    {
        var list = Encoding.UTF8.GetBytes($"{plan.AccountId} {plan.Deleted} by {string.Join(", ", plan.Order)} where {plan.Where} after ");
        return Base64Url.EncodeToString([.. SHA256.HashData([.. list, .. values]).AsSpan(0, 12), .. values]);
    }
}
