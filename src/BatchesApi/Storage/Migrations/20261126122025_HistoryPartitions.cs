using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <inheritdoc />
    public partial class HistoryPartitions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                $"""
                ALTER TABLE batch_changes RENAME TO batch_changes_old;
                ALTER TABLE batch_changes_old RENAME CONSTRAINT pk_batch_changes TO pk_batch_changes_old;
                {HistoryTable.Create("batch_changes")}
                {HistoryTable.CreateMonths("batch_changes", movedFrom: "batch_changes_old")}
                {HistoryTable.Copy("batch_changes_old", "batch_changes")}
                DROP TABLE batch_changes_old;
                """);
            migrationBuilder.Sql(
                """
                ALTER TABLE idempotency_keys ADD COLUMN account_id integer;
                UPDATE idempotency_keys AS i SET account_id = k.account_id FROM api_keys AS k WHERE k.id = i.credential_id;
                DELETE FROM idempotency_keys WHERE account_id IS NULL;
                ALTER TABLE idempotency_keys ALTER COLUMN account_id SET NOT NULL, DROP CONSTRAINT pk_idempotency_keys,
                    ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (account_id, credential_id, key);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException();
    }
}
