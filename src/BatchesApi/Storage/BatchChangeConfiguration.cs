using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>How the history of batches is stored: without foreign keys, since each write writes here too and the statement that does so reads the
/// batch anyway.</summary>
internal sealed class BatchChangeConfiguration : IEntityTypeConfiguration<BatchChange>
{
    /// <summary>The table.</summary>
    public const string Table = "batch_changes";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<BatchChange> change)
    {
        change.ToTable(Table);
        change.HasKey(c => new { c.AccountId, c.BatchId, c.Version });
        change.Property(c => c.BatchId).UseCollation(BatchConfiguration.BinaryCollation);
        change.HasIndex(c => c.At);
    }
}
