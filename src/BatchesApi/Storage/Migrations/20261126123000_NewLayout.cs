using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <summary>Creates the empty tables of the new layout beside the old ones, which can only be read from now on, also by servers of
    /// earlier versions. <see cref="LayoutMover"/> fills them, and <see cref="SwitchToNewLayout"/> replaces the old ones.</summary>
    public partial class NewLayout : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(SearchSql.Normalize);
            migrationBuilder.Sql(SearchSql.Substring);
            migrationBuilder.Sql(SearchSql.LikePattern);
            migrationBuilder.Sql(LayoutSql.CreateTables);
            migrationBuilder.Sql(HistoryTable.Create("new_batch_changes"));
            migrationBuilder.Sql(HistoryTable.CreateMonths("new_batch_changes", movedFrom: "batch_changes"));
            migrationBuilder.Sql(LayoutSql.Freeze);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(LayoutSql.DropTables);
    }
}
