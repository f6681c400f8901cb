using System.Globalization;
using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>The GIN indexes on batches, on a separate table: each change of a batch writes a new row, and so an entry for each of its
/// trigrams to an index on the same table. It has no foreign key: the statements that write the batches write it too.</summary>
internal sealed class BatchSearchConfiguration : IEntityTypeConfiguration<BatchSearch>
{
    public const string Table = "batch_search";

    /// <summary>The trigram index.</summary>
    public const string TextIndex = $"{Prefix}text";

    private const string Prefix = "ix_batch_search_";

    private static readonly string IsLongPart = string.Create(CultureInfo.InvariantCulture, $"part = {BatchSearch.LongPart}");

    /// <summary>The name of the index of an array field.</summary>
    public static string GetIndexName(Field field) => $"{Prefix}{field.Column}";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<BatchSearch> search)
    {
        search.ToTable(Table);
        search.HasKey(s => new { s.AccountId, s.BatchId, s.Part });
        search.Property(s => s.BatchId).UseCollation(BatchConfiguration.BinaryCollation);
        search.Property(s => s.Part).ValueGeneratedNever();
        search.Property(s => s.Text).UseCollation(BatchConfiguration.BinaryCollation);
        search.HasIndex(s => s.Text).HasDatabaseName(TextIndex).HasMethod("gin").HasOperators("gin_trgm_ops");
        search.HasIndex(s => s.LeadIds)
            .HasDatabaseName(GetIndexName(BatchFields.LeadIds)).HasMethod("gin").HasFilter(IsLongPart);
        search.HasIndex(s => s.OpportunityIds)
            .HasDatabaseName(GetIndexName(BatchFields.OpportunityIds)).HasMethod("gin").HasFilter(IsLongPart);
    }
}
