using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage;

/// <summary>The database. Pooled and without state of its own: the tenant is a condition of every statement, see
/// <see cref="AccountBatchesSql"/>.</summary>
internal sealed class BatchesContext(DbContextOptions<BatchesContext> options) : DbContext(options)
{
    /// <summary>The tenants.</summary>
    public DbSet<Account> Accounts => Set<Account>();

    /// <summary>The credentials of the tenants.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>The people who may sign in.</summary>
    public DbSet<User> Users => Set<User>();

    /// <summary>The batches of every tenant; ask <see cref="AccountBatchesSql.BatchesForAccount"/> instead.</summary>
    public DbSet<Batch> Batches => Set<Batch>();

    /// <summary>The history of the batches of every tenant.</summary>
    public DbSet<BatchChange> BatchChanges => Set<BatchChange>();

    /// <summary>The requests with idempotency keys of the last day.</summary>
    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.HasDbFunction(((Func<string?, string?>)SearchFunctions.Fold).Method).HasName("search_fold");
        modelBuilder.HasDbFunction(((Func<string, bool, string>)SearchFunctions.Pattern).Method).HasName("search_pattern");
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(BatchesContext).Assembly);
    }
}
