using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BatchesApi.Storage;

internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    public const string Table = "accounts";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable(Table);
        account.HasIndex(a => a.Name).IsUnique().HasDatabaseName("ux_accounts_name");
        account.Property(a => a.PositionOffset).HasDefaultValue(0L);
        account.Property(a => a.DatabaseIdentity).HasDefaultValueSql("database_identity()");
    }
}

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    public const string Table = "users";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<User> user)
    {
        user.ToTable(Table);
        user.Property(u => u.Id).UseCollation(BatchConfiguration.BinaryCollation).ValueGeneratedNever();
        user.Property(u => u.Scope).HasConversion<ScopeConverter>();
        user.HasIndex(u => u.Email).IsUnique().HasDatabaseName("ux_users_email");
        user.HasOne<Account>().WithMany().HasForeignKey(u => u.AccountId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class ApiKeyConfiguration : IEntityTypeConfiguration<ApiKey>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ApiKey> key)
    {
        key.HasKey(k => k.Id);
        key.Property(k => k.Id).UseCollation("C").ValueGeneratedNever();
        key.Property(k => k.Scope).HasConversion<ScopeConverter>();
        key.HasIndex(k => k.Hash).IsUnique();
        key.HasIndex(k => k.PreviousHash).IsUnique().HasFilter("previous_hash IS NOT NULL");
        key.HasIndex(k => k.AccountId);
        key.HasIndex(k => k.UserId).HasFilter("user_id IS NOT NULL");
        key.HasOne<User>().WithMany().HasForeignKey(k => k.UserId).OnDelete(DeleteBehavior.Cascade);
        key.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class AccessChangeConfiguration : IEntityTypeConfiguration<AccessChange>
{
    public const string Table = "access_changes";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<AccessChange> change)
    {
        change.ToTable(Table);
        change.HasKey(c => new { c.AccountId, c.Id });
        change.Property(c => c.Id).UseCollation(BatchConfiguration.BinaryCollation);
        change.Property(c => c.Changes).HasColumnType("jsonb");
        change.HasIndex(c => new { c.AccountId, c.At, c.Id });
        change.HasIndex(c => c.At);
        change.HasOne<Account>().WithMany().HasForeignKey(c => c.AccountId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>Stores scopes by their public names.</summary>
internal sealed class ScopeConverter() : ValueConverter<Scope, string>(
    scope => scope.ToText(), text => Scopes.Parse(text));

/// <summary>The history has no foreign keys: every write adds to it, and the statement has read the batch anyway. It is partitioned by the
/// month of <see cref="BatchChange.At"/>, which EF Core does not know: the migration that creates it is written by hand.</summary>
internal sealed class BatchChangeConfiguration : IEntityTypeConfiguration<BatchChange>
{
    public const string Table = "batch_changes";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<BatchChange> change)
    {
        change.ToTable(Table);
        change.HasKey(c => new { c.AccountId, c.BatchId, c.Version, c.At });
        change.Property(c => c.BatchId).UseCollation(BatchConfiguration.BinaryCollation);
        change.HasIndex(c => new { c.AccountId, c.ChangeId })
            .HasDatabaseName("ix_batch_changes_change_id").HasFilter("change_id IS NOT NULL");
        change.HasIndex(c => new { c.AccountId, c.Position, c.At, c.BatchId, c.Version }).HasDatabaseName("ix_batch_changes_position");
        change.Property(c => c.Position).HasDefaultValueSql(BatchConfiguration.OwnPosition);
    }
}

/// <summary>A batch has at most one row, which claims use again. It has no foreign key, because a claim has locked the batch.</summary>
internal sealed class BatchLeaseConfiguration : IEntityTypeConfiguration<BatchLease>
{
    public const string Table = "batch_leases";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<BatchLease> lease)
    {
        lease.ToTable(Table);
        lease.HasKey(l => new { l.AccountId, l.BatchId });
        lease.Property(l => l.BatchId).UseCollation(BatchConfiguration.BinaryCollation);
        lease.HasIndex(l => l.Until);
    }
}

internal sealed class IdempotencyRecordConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    public const string Table = "idempotency_keys";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<IdempotencyRecord> record)
    {
        record.ToTable(Table);
        record.HasKey(r => new { r.AccountId, r.CredentialId, r.Key });
        record.Property(r => r.CredentialId).UseCollation(BatchConfiguration.BinaryCollation);
        record.Property(r => r.Key).UseCollation(BatchConfiguration.BinaryCollation);
        record.HasIndex(r => r.CreatedAt);
    }
}

internal sealed class WebhookConfiguration : IEntityTypeConfiguration<Webhook>
{
    public const string Table = "webhooks";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<Webhook> webhook)
    {
        webhook.ToTable(Table);
        webhook.HasKey(w => new { w.AccountId, w.Id });
        webhook.Property(w => w.Id).UseCollation(BatchConfiguration.BinaryCollation);
        webhook.Property(w => w.ReadBatchId).UseCollation(BatchConfiguration.BinaryCollation);
        webhook.HasOne<Account>().WithMany().HasForeignKey(w => w.AccountId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>A webhook has its deliveries in the order of <see cref="WebhookDelivery.Sequence"/>. The few that are pending or have failed
/// have indexes without the many that were delivered.</summary>
internal sealed class WebhookDeliveryConfiguration : IEntityTypeConfiguration<WebhookDelivery>
{
    public const string Table = "webhook_deliveries";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<WebhookDelivery> delivery)
    {
        delivery.ToTable(Table);
        delivery.HasKey(d => new { d.AccountId, d.WebhookId, d.Id });
        delivery.Property(d => d.Id).UseCollation(BatchConfiguration.BinaryCollation);
        delivery.Property(d => d.WebhookId).UseCollation(BatchConfiguration.BinaryCollation);
        delivery.Property(d => d.BatchId).UseCollation(BatchConfiguration.BinaryCollation);
        delivery.Property(d => d.Sequence).UseIdentityAlwaysColumn();
        delivery.Property(d => d.Attempts).HasColumnType("jsonb");
        delivery.HasIndex(d => new { d.AccountId, d.WebhookId, d.Sequence });
        delivery.HasIndex(d => new { d.AccountId, d.WebhookId, d.Status, d.Sequence }, "ix_webhook_deliveries_undelivered")
            .HasDatabaseName("ix_webhook_deliveries_undelivered")
            .HasFilter($"status IN ('{WebhookDelivery.Pending}', '{WebhookDelivery.Failed}')");
        delivery.HasIndex(d => new { d.AccountId, d.WebhookId, d.NextAttemptAt }, "ix_webhook_deliveries_due")
            .HasDatabaseName("ix_webhook_deliveries_due").HasFilter($"status = '{WebhookDelivery.Pending}'");
        delivery.HasIndex(d => new { d.AccountId, d.WebhookId, d.BatchId, d.Sequence }, "ix_webhook_deliveries_batch")
            .HasDatabaseName("ix_webhook_deliveries_batch").HasFilter($"status = '{WebhookDelivery.Pending}'");
        delivery.HasIndex(d => d.CreatedAt);
    }
}
