using BatchesApi.Requests;

namespace BatchesApi.Tests.Requests;

public sealed class FaultsTests
{
    [Fact]
    public void Messages_are_kept_by_name_in_the_order_in_which_they_were_found()
    {
        var faults = new Faults();
        Assert.False(faults.Any);

        faults.Add("rating", "is one.");
        faults.Add("assignee", "is two.");
        faults.Add("rating", "is three.");

        Assert.True(faults.Any);
        Assert.True(faults.Has("rating"));
        Assert.False(faults.Has("Rating"));
        Assert.Equal(["rating is one.", "rating is three.", "assignee is two."], faults.Lines());
    }
}
