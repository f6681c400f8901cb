using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>How batches are stored. The validator enforces the limits on values; the database enforces what must hold under
/// concurrency.</summary>
internal sealed class BatchConfiguration : IEntityTypeConfiguration<Batch>
{
    /// <summary>The shadow property that separates deleted batches from active ones, so that one index serves both.</summary>
    public const string IsDeleted = "IsDeleted";

    /// <summary>The column of <see cref="IsDeleted"/>.</summary>
    public const string IsDeletedColumn = "is_deleted";

    /// <summary>The shadow property with the folded short texts that <c>q</c> searches; see <see cref="SearchFunctions"/>.</summary>
    public const string SearchShort = "SearchShort";

    /// <summary>The shadow property with the folded long texts that <c>q</c> searches.</summary>
    public const string SearchLong = "SearchLong";

    /// <summary>The shadow property with the <see cref="BatchChange.Position"/> of the last change.</summary>
    public const string Position = "Position";

    /// <summary>The position of a change by a server of an earlier version, which does not know the column.</summary>
    public const string OwnPosition = "pg_current_xact_id()::text::bigint";

    /// <summary>The Unicode root collation of ICU: <c>a</c>, <c>B</c>, <c>c</c> whatever the locale of the database.</summary>
    public const string RootCollation = "und-x-icu";

    /// <summary>The collation by code point.</summary>
    public const string BinaryCollation = "C";

    /// <summary>Maximum length in code points of a field that is among the short texts.</summary>
    private const int MaxShortLength = 200;

    /// <summary>Separates the texts of two fields. Folding makes it a space in a term, so no term can match across fields.</summary>
    private const string FieldSeparator = @"U&'\00A0'";

    /// <summary>The searched fields with short texts. They change often, and are a separate part of <see cref="BatchSearch"/>.</summary>
    public static IReadOnlyList<Field> ShortTexts { get; } =
        [.. BatchFields.All.Where(field => field is { IsSearched: true, MaxLength: <= MaxShortLength })];

    /// <summary>The other searched fields.</summary>
    public static IReadOnlyList<Field> LongTexts { get; } =
        [.. BatchFields.All.Where(field => field is { IsSearched: true, MaxLength: > MaxShortLength })];

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<Batch> batch)
    {
        // An id is only unique within its account, so that an account's export can be imported into another one.
        batch.HasKey(b => new { b.AccountId, b.Id });
        batch.HasOne<Account>().WithMany().HasForeignKey(b => b.AccountId).OnDelete(DeleteBehavior.Restrict);

        batch.Property(b => b.Id).UseCollation(BinaryCollation).ValueGeneratedNever();
        foreach (var field in BatchFields.All.Where(f => f is { Kind: FieldKind.Text, IsWritable: true }))
            batch.Property(field.Property).UseCollation(RootCollation);
        batch.Property(b => b.Rating).HasColumnType("smallint");
        batch.Property<long>(Position).HasDefaultValueSql(OwnPosition);
        batch.Property<bool>(IsDeleted).HasComputedColumnSql($"{BatchFields.DeletedAt.Column} IS NOT NULL", stored: true);
        Search(batch.Property<string>(SearchShort), ShortTexts);
        Search(batch.Property<string>(SearchLong), LongTexts);

        foreach (var index in BatchIndex.All)
        {
            IEnumerable<string> leading = index.Filter is { } filter && filter.Contains(IsDeletedColumn, StringComparison.Ordinal)
                ? [nameof(Batch.AccountId)]
                : [nameof(Batch.AccountId), IsDeleted];
            batch.HasIndex([.. leading, .. index.Fields.Select(field => field.Property)], index.Name)
                .HasDatabaseName(index.Name)
                .IsUnique(index == BatchIndex.UniqueCode)
                .HasFilter(index.Filter);
        }
    }

    /// <summary>The SQL of the folded texts of some fields.</summary>
    /// <param name="fields"><see cref="ShortTexts"/> or <see cref="LongTexts"/>.</param>
    /// <param name="prefix">The prefix of their columns.</param>
    public static string GetSearchedText(IReadOnlyList<Field> fields, string prefix = "") => string.Join(
        $" || {FieldSeparator} || ", fields.Select(field => $"coalesce(search_normalize({prefix}{field.Column}), '')"));

    private static void Search(PropertyBuilder<string> property, IReadOnlyList<Field> fields) =>
        property.IsRequired().UseCollation(BinaryCollation).HasComputedColumnSql(GetSearchedText(fields), stored: true);
}
