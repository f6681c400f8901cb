using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage;

/// <summary>The database. Pooled and stateless: the account is a condition of every statement, see
/// <see cref="AccountBatchesSql"/>.</summary>
internal sealed class BatchesContext(DbContextOptions<BatchesContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<User> Users => Set<User>();

    /// <summary>The changes of the keys and users of all accounts.</summary>
    public DbSet<AccessChange> AccessChanges => Set<AccessChange>();

    /// <summary>The batches of all accounts; use <see cref="AccountBatchesSql.BatchesForAccount"/> instead.</summary>
    public DbSet<Batch> Batches => Set<Batch>();

    /// <summary>The history of the batches of all accounts.</summary>
    public DbSet<BatchChange> BatchChanges => Set<BatchChange>();

    /// <summary>The leases of all accounts, including ended ones.</summary>
    public DbSet<BatchLease> BatchLeases => Set<BatchLease>();

    /// <summary>The webhooks of all accounts.</summary>
    public DbSet<Webhook> Webhooks => Set<Webhook>();

    /// <summary>The deliveries of the webhooks of all accounts.</summary>
    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();

    /// <summary>The requests with idempotency keys of the last 24 hours.</summary>
    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.HasDbFunction(((Func<string?, string?>)SearchFunctions.Fold).Method).HasName("search_normalize");
        modelBuilder.HasDbFunction(((Func<string, string>)SearchFunctions.Pattern).Method).HasName("search_like_pattern");
        modelBuilder.HasDbFunction(((Func<string, string>)SearchFunctions.Substring).Method).HasName("search_substring");

        // It is null for a missing value. A comparison with it is then unknown, as with a column.
        modelBuilder.HasDbFunction(((Func<string?, string?, int>)SearchFunctions.Position).Method)
            .HasName("strpos").IsBuiltIn().IsNullable(false);

        // By name: to find them, EF Core would load every type, and with the commands System.CommandLine.
        modelBuilder
            .ApplyConfiguration(new AccessChangeConfiguration())
            .ApplyConfiguration(new AccountConfiguration())
            .ApplyConfiguration(new ApiKeyConfiguration())
            .ApplyConfiguration(new BatchChangeConfiguration())
            .ApplyConfiguration(new BatchConfiguration())
            .ApplyConfiguration(new BatchLeaseConfiguration())
            .ApplyConfiguration(new BatchSearchConfiguration())
            .ApplyConfiguration(new IdempotencyRecordConfiguration())
            .ApplyConfiguration(new UserConfiguration())
            .ApplyConfiguration(new WebhookConfiguration())
            .ApplyConfiguration(new WebhookDeliveryConfiguration());
    }
}
