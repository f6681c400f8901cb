using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists;

/// <summary>Cursors of lists with relative values: they keep the time of the first page for the filters of the client, but not for the
/// policy.</summary>
public sealed class RelativeCursorTests
{
    private const string Query = "sortBy=rating&fields=dueDate:gte:today";

    private static readonly Batch Last = new() { Id = "63a5b84c53e1218321c55572", Rating = 4 };

    private static readonly RelativeValues Later = Plans.Values with { Now = Plans.Values.Now.AddDays(3).AddMicroseconds(1) };

    [Fact]
    public void A_cursor_keeps_the_time_of_the_first_page()
    {
        var first = Plan(Query, Plans.Values);
        var next = Plan($"{Query}&cursor={Cursor.Write(first, Last)}", Later);
        Assert.Equal("dueDate >= 2026-12-01T00:00:00Z", next.Where.ToString());
        Assert.Equal([4, Last.Id], next.After!);
        Assert.Equal(Cursor.Write(first, Last), Cursor.Write(next, Last));
        Assert.Equal("dueDate >= 2026-12-04T00:00:00Z", Plan(Query, Later).Where.ToString());
    }

    [Fact]
    public void A_cursor_does_not_keep_the_time_of_the_policy()
    {
        var policy = Sql.Plan("""{"createdAt":{"$gte":{"$now":"-1h"}}}""");
        var first = Plan(Query, Plans.Values, policy);
        Assert.Equal("createdAt >= 2026-12-01T08:30:00Z and dueDate >= 2026-12-01T00:00:00Z", first.Where.ToString());
        var next = Plan($"{Query}&cursor={Cursor.Write(first, Last)}", Later, policy);
        Assert.Equal("createdAt >= 2026-12-04T08:30:00.000001Z and dueDate >= 2026-12-01T00:00:00Z", next.Where.ToString());
    }

    /// <summary>The text of a condition names the caller, and does not depend on who that is. The value does.</summary>
    [Fact]
    public void A_cursor_of_another_caller_finds_the_batches_of_this_one()
    {
        const string Mine = "p={\"assignee\":{\"$me\":true}}";
        var cursor = Cursor.Write(Plan(Mine, Plans.Values), Last);
        var next = Plan($"{Mine}&cursor={cursor}", Plans.Values with { Me = "bob" });
        Assert.Equal("assignee = \"bob\"", next.Where.ToString());
    }

    [Theory]
    [InlineData("fields=dueDate:gte:today", "fields=dueDate:gte:now")]
    [InlineData("fields=dueDate:gte:today-1d", "fields=dueDate:gte:today+1d")]
    [InlineData("fields=dueDate:gte:today", "fields=dueDate:gte:2026-12-01")]
    [InlineData("p={\"assignee\":{\"$me\":true}}", "p={\"assignee\":\"me\"}")]
    [InlineData("p={\"assignee\":{\"$me\":true}}", "p={\"assignee\":\"amy@example.com\"}")]
    [InlineData("p={\"notes\":{\"$contains\":{\"$me\":true}}}", "p={\"notes\":{\"$contains\":\"me\"}}")]
    public void Cursors_of_similar_relative_values_are_distinguished(string one, string other)
    {
        var (first, second) = (Plan(one, Plans.Values), Plan(other, Plans.Values));
        Assert.NotNull(Cursor.Read(Cursor.Write(first, Last), first));
        Assert.Null(Cursor.Read(Cursor.Write(first, Last), second));
        Assert.Null(Cursor.Read(Cursor.Write(second, Last), first));
    }

    [Theory]
    [InlineData("639000000000000000")]
    [InlineData("639000000000000009")]
    public void A_forged_time_that_is_possible_is_accepted(string time)
    {
        var plan = Plan(Query, Plans.Values);
        var ticks = long.Parse(time, CultureInfo.InvariantCulture) / 10 * 10;
        Assert.Equal(new DateTime(ticks, DateTimeKind.Utc), Cursor.Read(Forge(plan, $"[4,\"x\",{time}]"), plan)!.Now);
    }

    [Theory]
    [InlineData("[4,\"x\"]")]
    [InlineData("[4,\"x\",null]")]
    [InlineData("[4,\"x\",0]")]
    [InlineData("[4,\"x\",-1]")]
    [InlineData("[4,\"x\",true]")]
    [InlineData("[4,\"x\",\"2026-12-01\"]")]
    [InlineData("[4,\"x\",6.5]")]
    [InlineData("[4,\"x\",315359999999999999]")]
    [InlineData("[4,\"x\",3155378975999999999]")]
    [InlineData("[4,\"x\",9223372036854775807]")]
    [InlineData("[4,\"x\",1e30]")]
    [InlineData("[4,\"x\",639000000000000000,639000000000000000]")]
    public void A_forged_time_that_is_not_possible_is_rejected(string values)
    {
        var plan = Plan(Query, Plans.Values);
        Assert.Null(Cursor.Read(Forge(plan, values), plan));
        Plans.Of($"{Query}&cursor={Forge(plan, values)}", out var errors);
        Assert.Equal(["cursor"], errors.Names());
    }

    /// <summary>Largest offsets at the earliest and the latest time that a cursor may have.</summary>
    [Theory]
    [InlineData("now-365000d")]
    [InlineData("today-52142w")]
    [InlineData("now+365000d")]
    [InlineData("today+525600000m")]
    public void A_forged_time_never_exceeds_the_range_of_dates(string word)
    {
        var query = $"sortBy=rating&fields=dueDate:gte:{Uri.EscapeDataString(word)}";
        var plan = Plan(query, Plans.Values);
        foreach (var time in (DateTime[])[DateTime.MinValue + RelativeTime.MaxOffset, DateTime.MaxValue - RelativeTime.MaxOffset])
        {
            foreach (var distance in (int[])[-2, -1, 0, 1, 2])
            {
                var ticks = time.Ticks + (distance * TimeSpan.TicksPerDay / 2);
                Plan($"{query}&cursor={Forge(plan, $"[4,\"x\",{ticks}]")}", Plans.Values, errorsAllowed: true);
            }
        }
    }

    private static ListPlan Plan(string query, RelativeValues values, Condition? policy = null, bool errorsAllowed = false)
    {
        var errors = new ValidationErrors();
        var plan = ListPlanner.Plan(
            Plans.Parse(query, errors), Plans.Account, policy ?? Condition.Always, values, deleted: false, errors);
        Assert.True(errorsAllowed || !errors.HasErrors, string.Join('\n', errors.Lines()));
        return plan;
    }

    /// <summary>A cursor with other values and a valid digest, which any client can compute.</summary>
    private static string Forge(ListPlan plan, string values)
    {
        var owner = $"{plan.AccountId} {plan.Deleted} by {string.Join(", ", plan.Order)} where {plan.Symbolic} after ";
        var bytes = Encoding.UTF8.GetBytes(values);
        return Base64Url.EncodeToString([.. SHA256.HashData([.. Encoding.UTF8.GetBytes(owner), .. bytes]).AsSpan(0, 12), .. bytes]);
    }
}
