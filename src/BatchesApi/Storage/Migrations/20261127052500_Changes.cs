using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <summary>Adds the positions of changes, which put them in the order of their commits, and the webhooks.</summary>
    public partial class Changes : Migration
    {
        /// <summary>Earlier changes have the position 0. A default that is constant does not rewrite the tables; servers of the version
        /// before, which may still run, need the other one.</summary>
        private const string ReplaceTransactionIds =
            """
            ALTER TABLE batch_changes DROP COLUMN xid, ADD COLUMN position bigint NOT NULL DEFAULT 0;
            ALTER TABLE batch_changes ALTER COLUMN position SET DEFAULT pg_current_xact_id()::text::bigint;
            ALTER TABLE batches ADD COLUMN IF NOT EXISTS position bigint NOT NULL DEFAULT 0;
            ALTER TABLE batches ALTER COLUMN position SET DEFAULT pg_current_xact_id()::text::bigint;
            """;

        /// <summary>Identifies the database, so that the server recognizes one that was restored from a dump. A copy of the files of a
        /// cluster has the same identity.</summary>
        internal const string CreateIdentity =
            """
            CREATE FUNCTION database_identity() RETURNS bigint LANGUAGE sql STABLE AS $function$
                SELECT c.system_identifier # d.oid::bigint
                FROM pg_control_system() AS c, pg_database AS d WHERE d.datname = current_database()
            $function$
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(ReplaceTransactionIds);

            migrationBuilder.Sql(CreateIdentity);

            migrationBuilder.AddColumn<string[]>(
                name: "seen_by",
                table: "batch_changes",
                type: "text[]",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "database_identity",
                table: "accounts",
                type: "bigint",
                nullable: false,
                defaultValueSql: "database_identity()");

            migrationBuilder.AddColumn<long>(
                name: "position_offset",
                table: "accounts",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "webhook_deliveries",
                columns: table => new
                {
                    account_id = table.Column<int>(type: "integer", nullable: false),
                    webhook_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    sequence = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    type = table.Column<string>(type: "text", nullable: false),
                    batch_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    version = table.Column<int>(type: "integer", nullable: false),
                    changed = table.Column<string[]>(type: "text[]", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    attempts = table.Column<string>(type: "jsonb", nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    next_attempt_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhook_deliveries", x => new { x.account_id, x.webhook_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "webhooks",
                columns: table => new
                {
                    account_id = table.Column<int>(type: "integer", nullable: false),
                    id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    url = table.Column<string>(type: "text", nullable: false),
                    events = table.Column<string[]>(type: "text[]", nullable: false),
                    filter = table.Column<string>(type: "text", nullable: true),
                    is_active = table.Column<bool>(type: "boolean", nullable: false),
                    disabled_reason = table.Column<string>(type: "text", nullable: true),
                    secret = table.Column<string>(type: "text", nullable: false),
                    previous_secret = table.Column<string>(type: "text", nullable: true),
                    previous_secret_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    read_position = table.Column<long>(type: "bigint", nullable: false),
                    read_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    read_batch_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    read_version = table.Column<int>(type: "integer", nullable: false),
                    read_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    inactive_periods = table.Column<long[]>(type: "bigint[]", nullable: false),
                    sender = table.Column<Guid>(type: "uuid", nullable: true),
                    sender_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhooks", x => new { x.account_id, x.id });
                    table.ForeignKey(
                        name: "fk_webhooks_accounts_account_id",
                        column: x => x.account_id,
                        principalTable: "accounts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_webhook_deliveries_account_id_webhook_id_sequence",
                table: "webhook_deliveries",
                columns: new[] { "account_id", "webhook_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_webhook_deliveries_created_at",
                table: "webhook_deliveries",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_webhook_deliveries_batch",
                table: "webhook_deliveries",
                columns: new[] { "account_id", "webhook_id", "batch_id", "sequence" },
                filter: "status = 'pending'");

            migrationBuilder.CreateIndex(
                name: "ix_webhook_deliveries_due",
                table: "webhook_deliveries",
                columns: new[] { "account_id", "webhook_id", "next_attempt_at" },
                filter: "status = 'pending'");

            migrationBuilder.CreateIndex(
                name: "ix_webhook_deliveries_undelivered",
                table: "webhook_deliveries",
                columns: new[] { "account_id", "webhook_id", "status", "sequence" },
                filter: "status IN ('pending', 'failed')");

            migrationBuilder.Sql(TablePrivileges.Copy("batches", "webhooks", "webhook_deliveries"));
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "webhook_deliveries");

            migrationBuilder.DropTable(
                name: "webhooks");

            migrationBuilder.DropColumn(
                name: "position",
                table: "batches");

            migrationBuilder.DropColumn(
                name: "position",
                table: "batch_changes");

            migrationBuilder.DropColumn(
                name: "seen_by",
                table: "batch_changes");

            migrationBuilder.DropColumn(
                name: "database_identity",
                table: "accounts");

            migrationBuilder.DropColumn(
                name: "position_offset",
                table: "accounts");

            migrationBuilder.AddColumn<ulong>(
                name: "xid",
                table: "batch_changes",
                type: "xid8",
                nullable: false,
                defaultValueSql: "pg_current_xact_id()");

            migrationBuilder.Sql("DROP FUNCTION database_identity");
        }
    }
}
