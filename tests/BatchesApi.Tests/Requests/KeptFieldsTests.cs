using BatchesApi.Model;
using BatchesApi.Requests;

namespace BatchesApi.Tests.Requests;

public sealed class KeptFieldsTests
{
    private readonly Faults _faults = new();

    [Fact]
    public void Without_the_parameter_every_field_is_kept() => Assert.Equal(FieldSet.All, KeptFields.Read(null, _faults));

    [Theory]
    [InlineData("batchCode", "id batchCode")]
    [InlineData("rating,batchCode", "id batchCode rating")]
    [InlineData("id", "id")]
    [InlineData("BATCHCODE,DueDate", "id batchCode dueDate")]
    [InlineData(" rating , rating ", "id rating")]
    [InlineData("version,createdAt,deletedAt,leadIds", "id leadIds createdAt deletedAt version")]
    public void The_named_fields_and_the_id_are_kept(string fields, string expected)
    {
        var kept = KeptFields.Read(new QueryParameter("fields", fields), _faults);

        Assert.Empty(_faults);
        Assert.Equal(expected, string.Join(' ', BatchFields.All.Where(kept.Contains)));
    }

    [Fact]
    public void Every_unknown_name_is_a_fault_with_the_nearest_known_name()
    {
        KeptFields.Read(new QueryParameter("Fields", "batchcode,asignee,accountId,colour"), _faults);

        Assert.Equal(
            [
                "Fields names 'asignee', which is not a field of a batch. Did you mean 'assignee'?",
                "Fields names 'accountId', which is not a field of a batch.",
                "Fields names 'colour', which is not a field of a batch.",
            ],
            _faults.Lines());
    }

    [Theory]
    [InlineData(",")]
    [InlineData("rating,")]
    [InlineData("rating,,version")]
    public void An_empty_name_is_a_fault(string fields)
    {
        KeptFields.Read(new QueryParameter("fields", fields), _faults);

        Assert.Contains("fields names '', which is not a field of a batch.", _faults.Lines());
    }
}
