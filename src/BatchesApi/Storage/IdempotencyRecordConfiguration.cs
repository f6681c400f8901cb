using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>How idempotency keys are stored.</summary>
internal sealed class IdempotencyRecordConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    /// <summary>The table.</summary>
    public const string Table = "idempotency_keys";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<IdempotencyRecord> record)
    {
        record.ToTable(Table);
        record.HasKey(r => new { r.CredentialId, r.Key });
        record.Property(r => r.CredentialId).UseCollation(BatchConfiguration.BinaryCollation);
        record.Property(r => r.Key).UseCollation(BatchConfiguration.BinaryCollation);
        record.HasIndex(r => r.CreatedAt);
    }
}
