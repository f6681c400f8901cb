using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class FieldSetTests
{
    [Fact]
    public void A_new_set_contains_no_field() => Assert.All(BatchFields.All, field => Assert.False(default(FieldSet).Contains(field)));

    [Fact]
    public void All_contains_every_field() => Assert.All(BatchFields.All, field => Assert.True(FieldSet.All.Contains(field)));

    [Fact]
    public void Adding_a_field_adds_that_field_alone() => Assert.All(BatchFields.All, added =>
        Assert.All(BatchFields.All, field => Assert.Equal(field == added, default(FieldSet).With(added).Contains(field))));

    [Fact]
    public void Adding_a_field_keeps_the_others_and_can_be_repeated()
    {
        var set = default(FieldSet).With(BatchFields.Notes).With(BatchFields.Rating).With(BatchFields.Notes);

        Assert.Equal([BatchFields.Notes, BatchFields.Rating], BatchFields.All.Where(set.Contains));
    }
}
