using BatchesApi.Batches;
using Microsoft.AspNetCore.Routing;

namespace BatchesApi.Tests.Batches;

/// <summary>The ids in the paths of active batches.</summary>
public sealed class ActiveIdConstraintTests
{
    [Theory]
    [InlineData("63a5b84c53e1218321c55572", true)]
    [InlineData("deleted1", true)]
    [InlineData("undeleted", true)]
    [InlineData("deleted", false)]
    [InlineData("Deleted", false)]
    [InlineData("search", false)]
    [InlineData("groups", false)]
    [InlineData("claim", false)]
    [InlineData("claims", true)]
    [InlineData(null, false)]
    public void An_id_is_any_segment_except_the_names_of_other_routes(string? segment, bool matches)
    {
        var values = new RouteValueDictionary { ["id"] = segment };

        Assert.Equal(matches, new ActiveIdConstraint().Match(null, null, "id", values, RouteDirection.IncomingRequest));
    }
}
