using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <summary>Adds the leases of claims, and the index with which a bulk change is undone.</summary>
    public partial class Leases : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "batch_leases",
                columns: table => new
                {
                    account_id = table.Column<int>(type: "integer", nullable: false),
                    batch_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    token_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    until = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_batch_leases", x => new { x.account_id, x.batch_id });
                });

            migrationBuilder.CreateIndex(
                name: "ix_batch_changes_change_id",
                table: "batch_changes",
                columns: new[] { "account_id", "change_id" },
                filter: "change_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_batch_leases_until",
                table: "batch_leases",
                column: "until");

            migrationBuilder.Sql(TablePrivileges.Copy("batches", "batch_leases"));
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "batch_leases");

            migrationBuilder.DropIndex(
                name: "ix_batch_changes_change_id",
                table: "batch_changes");
        }
    }
}
