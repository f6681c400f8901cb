using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <summary>Adds the leases of claims, and the index with which a bulk change is undone.</summary>
    public partial class Leases : Migration
    {
        /// <summary>Grants the privileges on the batches on their leases, if the server does not own the tables.</summary>
        private const string CopyPrivileges =
            """
            DO $grant$
            DECLARE granted record;
            BEGIN
                FOR granted IN
                    SELECT a.privilege_type,
                        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                    FROM pg_class AS c, aclexplode(c.relacl) AS a
                    WHERE c.oid = 'batches'::regclass AND a.grantee <> c.relowner
                LOOP
                    EXECUTE format('GRANT %s ON batch_leases TO %s', granted.privilege_type, granted.grantee);
                END LOOP;
            END
            $grant$
            """;

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

            migrationBuilder.Sql(CopyPrivileges);
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
