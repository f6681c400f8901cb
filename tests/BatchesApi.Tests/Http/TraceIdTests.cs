using System.Diagnostics;
using BatchesApi.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Tests.Http;

/// <summary>The trace id of a request (W3C Trace Context).</summary>
public sealed class TraceIdTests
{
    private const string Id = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData($"00-{Id}-b7ad6b7169203331-01", true)]
    [InlineData($"00-{Id}-b7ad6b7169203331-00", true)]
    [InlineData($"cc-{Id}-b7ad6b7169203331-01", true)]
    [InlineData($"ff-{Id}-b7ad6b7169203331-01", false)]
    [InlineData($"00-{Id}-0000000000000000-01", false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false)]
    [InlineData(Id, false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_trace_id_is_that_of_a_valid_traceparent_and_otherwise_new(string? parent, bool isFollowed)
    {
        var traceId = Create(parent);

        Assert.Matches("^[0-9a-f]{32}$", traceId);
        Assert.Equal(isFollowed, traceId == Id);
        Assert.Equal(isFollowed, traceId == Create(parent));
    }

    [Fact]
    public void A_trace_id_is_new_if_there_are_several_headers()
    {
        var parent = $"00-{Id}-b7ad6b7169203331-01";

        Assert.NotEqual(Id, Create(new StringValues([parent, parent])));
    }

    [Fact]
    public void A_trace_id_is_that_of_the_current_activity()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

        Assert.Equal(activity.TraceId.ToHexString(), Create($"00-{Id}-b7ad6b7169203331-01"));
    }

    private static string Create(StringValues parent)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = parent;
        TraceId.Set(context);
        return TraceId.FromContext(context);
    }
}
