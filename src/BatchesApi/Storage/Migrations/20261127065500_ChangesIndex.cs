using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <summary>Adds the index of the feed. It is created outside the transaction of the migrations, whose locks would block reads
    /// meanwhile.</summary>
    public partial class ChangesIndex : Migration
    {
        private const string CreateIndex =
            """
            CREATE INDEX IF NOT EXISTS ix_batch_changes_position ON batch_changes (account_id, position, at, batch_id, version)
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(CreateIndex, suppressTransaction: true);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropIndex(
            name: "ix_batch_changes_position",
            table: "batch_changes");
    }
}
