using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <inheritdoc />
    public partial class FilterIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_batches_lead_ids",
                table: "batches",
                column: "lead_ids")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_batches_opportunity_ids",
                table: "batches",
                column: "opportunity_ids")
                .Annotation("Npgsql:IndexMethod", "gin");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_batches_lead_ids",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_opportunity_ids",
                table: "batches");
        }
    }
}
