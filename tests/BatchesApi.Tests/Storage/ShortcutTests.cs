using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Tests.Storage;

/// <summary>What is written by hand, so that the server starts without EF Core, says what EF Core would say.</summary>
public sealed class ShortcutTests
{
    [Fact]
    public void The_last_migration_is_the_last()
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        Assert.Equal(SchemaVersionReader.LastMigration, db.Database.GetMigrations().Last());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_batches_of_an_account_are_the_same(bool deleted)
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        using var command = db.BatchesForAccount(1, deleted).CreateDbCommand();
        static string From(string sql) => sql[sql.IndexOf("FROM", StringComparison.Ordinal)..].ReplaceLineEndings("\n");

        Assert.Equal(From(command.CommandText), From(AccountBatchesSql.GetSql(deleted)));
        Assert.Equal(AccountBatchesSql.AccountParameter, command.Parameters[0].ParameterName);
    }
}
