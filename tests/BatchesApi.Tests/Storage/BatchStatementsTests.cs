using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace BatchesApi.Tests.Storage;

public sealed class BatchStatementsTests
{
    public static TheoryData<string> Names => [.. BatchFields.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_field_has_the_column_of_the_model(string name)
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        var field = BatchFields.Find(name)!;
        var table = db.Model.FindEntityType(typeof(Batch))!;

        Assert.Equal(
            table.FindProperty(field.Property)!.GetColumnName(StoreObjectIdentifier.Create(table, StoreObjectType.Table)!.Value),
            field.Column);
    }
}
