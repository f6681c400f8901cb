using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Access.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Access.RateLimiting;

/// <summary>The fields <c>RateLimit</c> and <c>RateLimit-Policy</c> (draft-ietf-httpapi-ratelimit-headers-10).</summary>
public sealed partial class RateLimitHeadersTests
{
    private static readonly Quota[] Standard = [new("minute", 480, TimeSpan.FromMinutes(1)), new("hour", 4_800, TimeSpan.FromHours(1))];
    private static readonly Quota[] Intensive = [new("intensive-minute", 240, TimeSpan.FromMinutes(1)), new("intensive-hour", 1_200, TimeSpan.FromHours(1))];

    [Fact]
    public void Every_quota_is_told_with_what_is_left_of_it()
    {
        var context = new DefaultHttpContext();
        Add(context, State(Standard[0], 479, 60), State(Standard[1], 4_000, 1_799.5));
        Assert.Equal("\"minute\";q=480;w=60, \"hour\";q=4800;w=3600", Field(context, "RateLimit-Policy"));
        Assert.Equal("\"minute\";r=479;t=60, \"hour\";r=4000;t=1800", Field(context, "RateLimit"));

        // Of a request that counts in more quotas, all are told, once each.
        Add(context, State(Intensive[0], 0, 0.001), State(Intensive[1], 1_199, 3_600));
        Assert.Equal(
            "\"minute\";q=480;w=60, \"hour\";q=4800;w=3600, \"intensive-minute\";q=240;w=60, \"intensive-hour\";q=1200;w=3600", Field(context, "RateLimit-Policy"));
        Assert.Equal(
            "\"minute\";r=479;t=60, \"hour\";r=4000;t=1800, \"intensive-minute\";r=0;t=1, \"intensive-hour\";r=1199;t=3600", Field(context, "RateLimit"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    [InlineData("fa-IR")]
    public void They_are_structured_fields_whatever_the_language_of_the_machine(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var quota = new Quota("hour", 1_000_000, TimeSpan.FromHours(1));
            var context = new DefaultHttpContext();
            Add(context, State(quota, 999_999, 3_599.000_000_1));
            Add(context, State(Standard[0], 0, 0));

            var policies = Read(Field(context, "RateLimit-Policy"));
            Assert.Equal(["hour q=1000000 w=3600", "minute q=480 w=60"], policies);
            Assert.Equal(["hour r=999999 t=3600", "minute r=0 t=0"], Read(Field(context, "RateLimit")));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Every_quota_of_this_server_has_a_name_that_a_string_can_hold()
    {
        foreach (var quota in Standard.Concat(Intensive))
        {
            var context = new DefaultHttpContext();
            Add(context, State(quota, 1, 1));
            Assert.Single(Read(Field(context, "RateLimit-Policy")));
        }
    }

    [Fact]
    public void A_refusal_tells_which_quota_and_how_long()
    {
        var problem = new LimitResult([State(Intensive[1], 0, 1_799.2)], Intensive[1], TimeSpan.FromSeconds(1_799.2)).ToProblem();

        Assert.Equal("The limit 'intensive-hour' of 1,200 requests in 3,600 s is used up. Try again in 1800 s.", problem.Detail);
        Assert.Equal(TimeSpan.FromSeconds(1_799.2), problem.RetryAfter);
    }

    private static QuotaState State(Quota quota, int remaining, double seconds) => new(quota, remaining, TimeSpan.FromSeconds(seconds));

    private static void Add(HttpContext context, params QuotaState[] states) =>
        RateLimitHeaders.FromContext(context).Add(new LimitResult(states, Exceeded: null, TimeSpan.Zero), context.Response);

    private static string Field(HttpContext context, string name) => Assert.Single(context.Response.Headers[name])!;

    /// <summary>Reads a list of strings with integers as parameters (RFC 9651, section 4.2), as strictly as it says.</summary>
    private static List<string> Read(string field)
    {
        var match = ListOfStrings().Match(field);
        Assert.True(match.Success, $"'{field}' is no list of strings with integers as parameters.");
        return [.. match.Groups["member"].Captures.Select(member => Regex.Replace(member.Value.Replace(';', ' '), "\"", ""))];
    }

    [GeneratedRegex("""\A(?<member>"([ !#-\[\]-~]|\\["\\])*"(;[a-z*][a-z0-9_.*-]*=-?[0-9]{1,15})*)(, (?<member>"([ !#-\[\]-~]|\\["\\])*"(;[a-z*][a-z0-9_.*-]*=-?[0-9]{1,15})*))*\z""")]
    private static partial Regex ListOfStrings();
}
