using BatchesApi.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Data;

/// <summary>How batches are stored. The limits on values are the rules' affair; the database keeps what must hold under
/// concurrency.</summary>
internal sealed class BatchConfiguration : IEntityTypeConfiguration<Batch>
{
    /// <summary>The constraint behind 409 <c>batch_code_taken</c>.</summary>
    public const string UniqueCode = "ux_batches_account_id_batch_code";

    /// <summary>Unicode root collation, by ICU: <c>a</c>, <c>B</c>, <c>c</c> whatever the database's own locale is.</summary>
    public const string RootCollation = "und-x-icu";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<Batch> batch)
    {
        batch.HasKey(b => b.Id);
        batch.HasOne<Account>().WithMany().HasForeignKey(b => b.AccountId).OnDelete(DeleteBehavior.Restrict);

        batch.Property(b => b.Id).UseCollation("C").ValueGeneratedNever();
        foreach (var field in BatchFields.All.Where(f => f is { Kind: FieldKind.Text, IsWritable: true }))
            batch.Property(field.Property).UseCollation(RootCollation);
        batch.Property(b => b.Rating).HasColumnType("smallint");

        batch.HasIndex(b => new { b.AccountId, b.BatchCode })
            .IsUnique().HasFilter("deleted_at IS NULL").HasDatabaseName(UniqueCode);
        batch.HasIndex(b => new { b.AccountId, b.CreatedAt, b.Id })
            .HasFilter("deleted_at IS NULL").HasDatabaseName("ix_batches_live_created_at");
        batch.HasIndex(b => new { b.AccountId, b.DeletedAt, b.Id })
            .HasFilter("deleted_at IS NOT NULL").HasDatabaseName("ix_batches_deleted_deleted_at");

        // Beside serving the conditions on lists, these make EF write them as @> and &&, which GIN knows, not as = ANY.
        batch.HasIndex(b => b.LeadIds).HasMethod("gin");
        batch.HasIndex(b => b.OpportunityIds).HasMethod("gin");
    }
}
