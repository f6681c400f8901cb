using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using StorageSql = BatchesApi.Storage.Sql;

namespace BatchesApi.Tests.Storage;

/// <summary>What is written by hand, so that the server starts without EF Core, is the same as in EF Core.</summary>
public sealed class ShortcutTests
{
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
