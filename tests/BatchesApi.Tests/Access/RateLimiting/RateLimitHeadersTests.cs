using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Access.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Access.RateLimiting;

/// <summary>The headers <c>RateLimit</c> and <c>RateLimit-Policy</c> (draft-ietf-httpapi-ratelimit-headers-10).</summary>
public sealed partial class RateLimitHeadersTests
{
    private static readonly Quota[] Standard = [new("minute", 480, TimeSpan.FromMinutes(1)), new("hour", 4_800, TimeSpan.FromHours(1))];
    private static readonly Quota[] Intensive =
    [
        new("intensive-minute", 240, TimeSpan.FromMinutes(1)), new("intensive-hour", 1_200, TimeSpan.FromHours(1)),
    ];

    [Fact]
    public void Headers_contain_each_quota_and_its_remaining_requests()
    {
        var context = new DefaultHttpContext();
        Add(context, State(Standard[0], 479, 60), State(Standard[1], 4_000, 1_799.5));
        Assert.Equal("\"minute\";q=480;w=60, \"hour\";q=4800;w=3600", GetHeader(context, "RateLimit-Policy"));
        Assert.Equal("\"minute\";r=479;t=60, \"hour\";r=4000;t=1800", GetHeader(context, "RateLimit"));

        // Further quotas are appended, once each.
        Add(context, State(Intensive[0], 0, 0.001), State(Intensive[1], 1_199, 3_600));
        Assert.Equal(
            "\"minute\";q=480;w=60, \"hour\";q=4800;w=3600, \"intensive-minute\";q=240;w=60, \"intensive-hour\";q=1200;w=3600",
            GetHeader(context, "RateLimit-Policy"));
        Assert.Equal(
            "\"minute\";r=479;t=60, \"hour\";r=4000;t=1800, \"intensive-minute\";r=0;t=1, \"intensive-hour\";r=1199;t=3600",
            GetHeader(context, "RateLimit"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    [InlineData("fa-IR")]
    public void Headers_are_structured_fields_in_every_culture(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var quota = new Quota("hour", 1_000_000, TimeSpan.FromHours(1));
            var context = new DefaultHttpContext();
            Add(context, State(quota, 999_999, 3_599.000_000_1));
            Add(context, State(Standard[0], 0, 0));

            var policies = Parse(GetHeader(context, "RateLimit-Policy"));
            Assert.Equal(["hour q=1000000 w=3600", "minute q=480 w=60"], policies);
            Assert.Equal(["hour r=999999 t=3600", "minute r=0 t=0"], Parse(GetHeader(context, "RateLimit")));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Every_quota_name_is_a_valid_string_of_a_structured_field()
    {
        foreach (var quota in Standard.Concat(Intensive))
        {
            var context = new DefaultHttpContext();
            Add(context, State(quota, 1, 1));
            Assert.Single(Parse(GetHeader(context, "RateLimit-Policy")));
        }
    }

    [Fact]
    public void The_problem_names_the_quota_and_the_time_to_wait()
    {
        var problem = new RateLimitResult([State(Intensive[1], 0, 1_799.2)], Intensive[1], TimeSpan.FromSeconds(1_799.2)).ToProblem();

        Assert.Equal("The limit 'intensive-hour' of 1,200 requests in 3,600 s is used up. Try again in 1800 s.", problem.Detail);
        Assert.Equal(TimeSpan.FromSeconds(1_799.2), problem.RetryAfter);
    }

    private static QuotaState State(Quota quota, int remaining, double seconds) => new(quota, remaining, TimeSpan.FromSeconds(seconds));

    private static void Add(HttpContext context, params QuotaState[] states) =>
        RateLimitHeaders.FromContext(context).Add(new RateLimitResult(states, Exceeded: null, TimeSpan.Zero), context.Response);

    private static string GetHeader(HttpContext context, string name) => Assert.Single(context.Response.Headers[name])!;

    /// <summary>Parses a list of strings with integer parameters, as strictly as RFC 9651, section 4.2.</summary>
    private static List<string> Parse(string field)
    {
        var match = ListOfStrings().Match(field);
        Assert.True(match.Success, $"'{field}' is not a list of strings with integer parameters.");
        return [.. match.Groups["member"].Captures.Select(member => Regex.Replace(member.Value.Replace(';', ' '), "\"", ""))];
    }

    [GeneratedRegex("""\A(?<member>"([ !#-\[\]-~]|\\["\\])*"(;[a-z*][a-z0-9_.*-]*=-?[0-9]{1,15})*)"""
        + """(, (?<member>"([ !#-\[\]-~]|\\["\\])*"(;[a-z*][a-z0-9_.*-]*=-?[0-9]{1,15})*))*\z""")]
    private static partial Regex ListOfStrings();
}
