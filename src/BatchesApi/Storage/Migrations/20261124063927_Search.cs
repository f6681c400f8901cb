using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Search : Migration
    {
        /// <summary>Calls nothing but what is in pg_catalog, since pg_restore runs it with an empty search_path.</summary>
        private const string Fold =
            $$"""
            CREATE FUNCTION search_fold(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
            BEGIN
                IF octet_length(value) = length(value) THEN
                    value := lower(value COLLATE "C");
                ELSE
                    value := regexp_replace(normalize(value, NFKD), '[\u0640{{SearchSql.Marks}}]+', '', 'g');
                    value := translate(lower(value COLLATE "und-x-icu"), U&'\03C2\0671', U&'\03C3\0627');
                END IF;
                IF value ~ '[\t-\r\u0085\u1680\u2028\u2029]' THEN
                    RETURN ' ' || regexp_replace(value, '([{{SearchSql.WhiteSpace}}])', '\1 ', 'g');
                END IF;
                RETURN ' ' || replace(value, ' ', '  ');
            END
            $function$
            """;

        private const string Pattern =
            $$"""
            CREATE FUNCTION search_pattern(term text, at_start boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
            DECLARE
                folded text := search_fold(term);
                letters integer := length(regexp_replace(folded, '([{{SearchSql.WhiteSpace}}]) ', '\1', 'g')) - 1;
                pattern text := replace(replace(replace(folded, '\', '\\'), '%', '\%'), '_', '\_');
            BEGIN
                IF at_start THEN
                    RETURN pattern || '%';
                END IF;

                -- One or two letters are found at the beginning of a word only: together with the space they make a trigram.
                IF letters NOT BETWEEN 1 AND 2 THEN
                    pattern := substr(pattern, 2);
                END IF;
                RETURN '%' || pattern || '%';
            END
            $function$
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "pk_batches",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_deleted_deleted_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_live_created_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ux_batches_account_id_batch_code",
                table: "batches");

            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.Sql(Fold);
            migrationBuilder.Sql(Pattern);

            // Statements are planned once for all accounts. By the average one, which may have two batches, no index would seem worth its while.
            migrationBuilder.Sql("ALTER TABLE batches ALTER COLUMN account_id SET (n_distinct = 10)");

            migrationBuilder.AddColumn<bool>(
                name: "is_deleted",
                table: "batches",
                type: "boolean",
                nullable: false,
                computedColumnSql: "deleted_at IS NOT NULL",
                stored: true);

            migrationBuilder.AddColumn<string>(
                name: "search_text",
                table: "batches",
                type: "text",
                nullable: true,
                computedColumnSql: "coalesce(search_fold(batch_code), '') || U&'\\00A0' || coalesce(search_fold(batch_type), '') || U&'\\00A0' || coalesce(search_fold(manager), '') || U&'\\00A0' || coalesce(search_fold(assignee), '') || U&'\\00A0' || coalesce(search_fold(summary), '') || U&'\\00A0' || coalesce(search_fold(notes), '')",
                stored: true,
                collation: "C");

            migrationBuilder.AddPrimaryKey(
                name: "pk_batches",
                table: "batches",
                columns: new[] { "account_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_assignee",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "assignee", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_assignee_created_at",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "assignee", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_batch_type",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "batch_type", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_batch_type_rating",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "batch_type", "rating", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_created_at",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_deleted_at",
                table: "batches",
                columns: new[] { "account_id", "deleted_at", "id" },
                filter: "is_deleted");

            migrationBuilder.CreateIndex(
                name: "ix_batches_deleted_batch_code",
                table: "batches",
                columns: new[] { "account_id", "batch_code", "id" },
                filter: "is_deleted");

            migrationBuilder.CreateIndex(
                name: "ix_batches_due_date",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "due_date", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_id",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_long_notes",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "id" },
                filter: "octet_length(notes) > 2000");

            migrationBuilder.CreateIndex(
                name: "ix_batches_manager",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "manager", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_manager_created_at",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "manager", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_notes",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "notes", "id" },
                filter: "notes IS NULL OR octet_length(notes) <= 2000");

            migrationBuilder.CreateIndex(
                name: "ix_batches_rating",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "rating", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_repeated",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "repeated", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_search_text",
                table: "batches",
                column: "search_text")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_summary",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "summary", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_updated_at",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "updated_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_batches_version",
                table: "batches",
                columns: new[] { "account_id", "is_deleted", "version", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_batches_account_id_batch_code",
                table: "batches",
                columns: new[] { "account_id", "batch_code" },
                unique: true,
                filter: "NOT is_deleted");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "pk_batches",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_assignee",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_assignee_created_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_batch_type",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_batch_type_rating",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_created_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_deleted_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_deleted_batch_code",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_due_date",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_id",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_long_notes",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_manager",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_manager_created_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_notes",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_rating",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_repeated",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_search_text",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_summary",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_updated_at",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ix_batches_version",
                table: "batches");

            migrationBuilder.DropIndex(
                name: "ux_batches_account_id_batch_code",
                table: "batches");

            migrationBuilder.DropColumn(
                name: "is_deleted",
                table: "batches");

            migrationBuilder.DropColumn(
                name: "search_text",
                table: "batches");

            migrationBuilder.Sql("ALTER TABLE batches ALTER COLUMN account_id RESET (n_distinct)");
            migrationBuilder.Sql("DROP FUNCTION search_pattern; DROP FUNCTION search_fold;");

            migrationBuilder.AlterDatabase()
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.AddPrimaryKey(
                name: "pk_batches",
                table: "batches",
                column: "id");

            migrationBuilder.CreateIndex(
                name: "ix_batches_deleted_deleted_at",
                table: "batches",
                columns: new[] { "account_id", "deleted_at", "id" },
                filter: "deleted_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_batches_live_created_at",
                table: "batches",
                columns: new[] { "account_id", "created_at", "id" },
                filter: "deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ux_batches_account_id_batch_code",
                table: "batches",
                columns: new[] { "account_id", "batch_code" },
                unique: true,
                filter: "deleted_at IS NULL");
        }
    }
}
