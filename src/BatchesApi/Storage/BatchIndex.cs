using BatchesApi.Domain;
using static BatchesApi.Domain.BatchFields;

namespace BatchesApi.Storage;

/// <summary>An index on batches in an order; <c>docs/decisions/0005-indexes.md</c> describes what each index serves and costs.</summary>
/// <param name="Name">Its name in the database.</param>
/// <param name="Fields">The fields by which it orders the batches of an account, unless it is filtered by state: separately the active and
/// the deleted ones.</param>
/// <param name="Filter">The batches that it contains, as SQL; null for all.</param>
internal sealed record BatchIndex(string Name, IReadOnlyList<Field> Fields, string? Filter = null)
{
    /// <summary>Maximum size in bytes of a text in an index. PostgreSQL's limit for an entry is a third of a page, 2,704 bytes, and an
    /// entry also contains an id.</summary>
    private const int MaxBytes = 2_000;

    private const int MaxBytesOfCodePoint = 4;

    private const string Prefix = "ix_batches_";

    /// <summary>The trigram index.</summary>
    public const string SearchTextName = $"{Prefix}search_text";

    private const string Active = $"NOT {BatchConfiguration.IsDeletedColumn}";
    private const string Deleted = BatchConfiguration.IsDeletedColumn;

    /// <summary>The constraint behind 409 <c>batch_code_taken</c>. It also has the active batches in the order of their codes.</summary>
    public static BatchIndex UniqueCode { get; } = new("ux_batches_account_id_batch_code", [BatchCode], Active);

    public static IReadOnlyList<BatchIndex> All { get; } =
    [
        UniqueCode,
        new($"{Prefix}deleted_batch_code", [BatchCode, BatchFields.Id], Deleted),
        new($"{Prefix}deleted_at", [DeletedAt, BatchFields.Id], Deleted),
        new($"{Prefix}id", [BatchFields.Id]),
        .. new[] { BatchType, Manager, Assignee, DueDate, Repeated, Summary, Notes, Rating, CreatedAt, UpdatedAt, BatchFields.Version }
            .Select(Ordered),
        .. BatchFields.All
            .Where(MayBeTooLong)
            .Select(field => new BatchIndex($"{Prefix}long_{field.Column}", [BatchFields.Id], IsTooLong(field))),

        // The most frequent lists: the newest of an assignee or a manager, the best of a type.
        new($"{Prefix}assignee_created_at", [Assignee, CreatedAt, BatchFields.Id]),
        new($"{Prefix}manager_created_at", [Manager, CreatedAt, BatchFields.Id]),
        new($"{Prefix}batch_type_rating", [BatchType, Rating, BatchFields.Id]),
    ];

    /// <summary>Describes an index to clients by its fields.</summary>
    /// <param name="name">Its name in the database.</param>
    public static string Describe(string name) =>
        All.FirstOrDefault(index => index.Name == name) is { } ordered ? string.Join(", ", ordered.Fields)
        : name == SearchTextName ? "text"
        : BatchFields.All.FirstOrDefault(field => name == GetName(field))?.Name ?? BatchFields.Id.Name;

    /// <summary>The name of the index of a field.</summary>
    public static string GetName(Field field) => $"{Prefix}{field.Column}";

    /// <summary>Whether a text of the field may be too long for the index on it.</summary>
    public static bool MayBeTooLong(Field field) => field is { Kind: FieldKind.Text, MaxLength: > MaxBytes / MaxBytesOfCodePoint };

    /// <summary>The SQL condition that the field's text is too long for the index on it; null if the field is null.</summary>
    public static string IsTooLong(Field field) => $"octet_length({field.Column}) > {MaxBytes}";

    /// <summary>The SQL condition that the field's text is in the index on it; null if the field is null.</summary>
    public static string IsShortEnough(Field field) => $"octet_length({field.Column}) <= {MaxBytes}";

    private static BatchIndex Ordered(Field field) => new(
        GetName(field), [field, BatchFields.Id], MayBeTooLong(field) ? $"{field.Column} IS NULL OR {IsShortEnough(field)}" : null);
}
