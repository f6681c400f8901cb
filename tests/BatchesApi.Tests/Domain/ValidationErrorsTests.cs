using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class ValidationErrorsTests
{
    [Fact]
    public void Messages_are_grouped_by_name_in_the_order_of_their_discovery()
    {
        var errors = new ValidationErrors();
        Assert.False(errors.HasErrors);

        errors.Add("rating", "is one.");
        errors.Add("assignee", "is two.");
        errors.Add("rating", "is three.");

        Assert.True(errors.HasErrors);
        Assert.True(errors.Has("rating"));
        Assert.False(errors.Has("Rating"));
        Assert.Equal(["rating is one.", "rating is three.", "assignee is two."], errors.Lines());
    }

    [Fact]
    public void The_number_of_messages_is_limited()
    {
        var errors = new ValidationErrors();
        for (var i = 0; i < 5_000; i++)
        {
            errors.Add($"name{i}", "is unknown.");
            errors.Add("name0", "is wrong.");
        }

        Assert.True(errors.IsFull);
        Assert.Equal(1_000, errors.Sum(error => error.Value.Count));
        Assert.False(errors.Has("name1000"));
    }

    [Fact]
    public void A_long_name_is_cut()
    {
        var errors = new ValidationErrors();
        errors.Add(new string('x', 1_000), "is one.");
        errors.Add(new string('x', 127) + "😀y", "is two.");

        Assert.True(errors.Has(new string('x', 1_000)));
        Assert.Equal([$"{new string('x', 128)}…", $"{new string('x', 127)}…"], errors.Names());
    }
}
