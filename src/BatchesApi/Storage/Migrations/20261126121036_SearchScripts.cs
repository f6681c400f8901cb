using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <inheritdoc />
    public partial class SearchScripts : Migration
    {
        /// <summary>The functions of the old fold remain for servers of the previous version.</summary>
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(SearchSql.Normalize);
            migrationBuilder.Sql(SearchSql.LikePattern);
            Replace(migrationBuilder, "search_normalize");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            Replace(migrationBuilder, "search_fold");
            migrationBuilder.Sql("DROP FUNCTION search_like_pattern; DROP FUNCTION search_normalize;");
        }

        private static void Replace(MigrationBuilder migrationBuilder, string fold)
        {
            migrationBuilder.DropColumn(
                name: "search_text",
                table: "batches");

            migrationBuilder.AddColumn<string>(
                name: "search_text",
                table: "batches",
                type: "text",
                nullable: true,
                computedColumnSql: string.Join(
                    " || U&'\\00A0' || ",
                    new[] { "batch_code", "batch_type", "manager", "assignee", "summary", "notes" }
                        .Select(column => $"coalesce({fold}({column}), '')")),
                stored: true,
                collation: "C");

            migrationBuilder.CreateIndex(
                name: "ix_batches_search_text",
                table: "batches",
                column: "search_text")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });
        }
    }
}
