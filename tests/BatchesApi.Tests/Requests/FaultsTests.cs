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

    [Fact]
    public void An_attack_is_not_told_of_every_fault()
    {
        var faults = new Faults();
        for (var i = 0; i < 5_000; i++)
        {
            faults.Add($"name{i}", "is unknown.");
            faults.Add("name0", "is wrong.");
        }

        Assert.True(faults.IsFull);
        Assert.Equal(1_000, faults.Sum(fault => fault.Value.Count));
        Assert.False(faults.Has("name1000"));
    }
}
