using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>Databases that the <c>migrate</c> command rejects.</summary>
public sealed class MigrateCommandTests(Databases databases)
{
    [Fact]
    public async Task A_database_that_does_not_exist_is_not_created()
    {
        var database = new NpgsqlConnectionStringBuilder(await databases.CreateAsync()) { Database = "mistyped" }.ConnectionString;
        await CommandLine.FailsAsync(1, "mistyped", database, "migrate");
        await CommandLine.FailsAsync(1, "mistyped", database, "migrate");
    }

    [Fact]
    public async Task A_database_that_cannot_store_every_text_is_rejected()
    {
        var database = await databases.CreateAsync("SQL_ASCII");
        await CommandLine.FailsAsync(
            1,
            "The database has the encoding SQL_ASCII, which cannot store all text. Create a database with ENCODING 'UTF8'.",
            database,
            "migrate");
    }
}
