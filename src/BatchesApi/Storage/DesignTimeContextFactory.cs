using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Creates the context for <c>dotnet ef</c> without starting the server; it never connects.</summary>
internal sealed class DesignTimeContextFactory : IDesignTimeDbContextFactory<BatchesContext>
{
    /// <inheritdoc/>
    public BatchesContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<BatchesContext>();
        StorageServices.Configure(options, NpgsqlDataSource.Create("Host=localhost;Database=batches"));
        return new BatchesContext(options.Options);
    }
}
