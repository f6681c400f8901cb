using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using StorageSql = BatchesApi.Storage.Sql;

namespace BatchesApi.Tests.Storage;

/// <summary>The parts of the model that are also written by hand, so that requests do not need EF Core's, are equal to it.</summary>
public sealed class BatchesContextTests
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

    [Fact]
    public void The_last_migration_is_that_of_EF_Core()
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        Assert.Equal(SchemaVersionReader.LastMigration, db.Database.GetMigrations().Last());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_query_for_the_batches_of_an_account_is_that_of_EF_Core(bool deleted)
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        static string From(StorageSql sql) => sql.ToString()[sql.ToString().IndexOf("FROM", StringComparison.Ordinal)..];

        Assert.Equal(From(StorageSql.FromQuery(db.BatchesForAccount(1, deleted))), From(AccountBatchesSql.GetSql(1, deleted)));
    }
}
