using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BatchesApi.Storage.Migrations
{
    /// <summary>Replaces the old tables by those of the new layout.</summary>
    public partial class SwitchToNewLayout : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(LayoutSql.RequireMoved);
            migrationBuilder.Sql(LayoutSql.MoveKeys);
            migrationBuilder.Sql(LayoutSql.CopyPrivileges);
            migrationBuilder.Sql(LayoutSql.Switch);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("The old layout cannot be restored. Restore a backup.");
    }
}
