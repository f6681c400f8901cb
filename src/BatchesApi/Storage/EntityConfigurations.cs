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
        key.HasIndex(k => k.AccountId);
        key.HasIndex(k => k.UserId).HasFilter("user_id IS NOT NULL");
        key.HasOne<User>().WithMany().HasForeignKey(k => k.UserId).OnDelete(DeleteBehavior.Cascade);
        key.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId).OnDelete(DeleteBehavior.Restrict);
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
        change.Property(c => c.Xid).HasColumnType("xid8").HasDefaultValueSql("pg_current_xact_id()");
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
