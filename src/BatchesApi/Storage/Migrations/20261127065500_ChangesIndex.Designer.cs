using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace BatchesApi.Storage.Migrations
{
    /// <remarks>Without a model: the migration is only SQL, and the model stays the one of the last migration until the next.</remarks>
    [DbContext(typeof(BatchesContext))]
    [Migration("20261127065500_ChangesIndex")]
    partial class ChangesIndex
    {
    }
}
