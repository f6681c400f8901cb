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
    private const string Prefix = "ix_batches_";

    private const string Active = $"NOT {BatchConfiguration.IsDeletedColumn}";
    private const string Deleted = BatchConfiguration.IsDeletedColumn;

    /// <summary>Enforces 409 <c>batch_code_taken</c>. It also has the active batches in the order of their codes.</summary>
    public static BatchIndex UniqueCode { get; } = new("ux_batches_account_id_batch_code", [BatchCode], Active);

    public static IReadOnlyList<BatchIndex> All { get; } =
    [
        UniqueCode,
        new($"{Prefix}deleted_batch_code", [BatchCode, BatchFields.Id], Deleted),
        new($"{Prefix}deleted_at", [DeletedAt, BatchFields.Id], Deleted),

        // The primary key has the active batches in the order of their ids, among the few deleted ones.
        new($"{Prefix}deleted_id", [BatchFields.Id], Deleted),
        new($"{Prefix}repeated", [BatchFields.Id], Repeated.Column),
        .. new[] { BatchType, Manager, Assignee, DueDate, Rating, CreatedAt, UpdatedAt }
            .Select(field => new BatchIndex($"{Prefix}{field.Column}", [field, BatchFields.Id])),

        // The most frequent lists: the newest of an assignee or a manager, the best of a type.
        new($"{Prefix}assignee_created_at", [Assignee, CreatedAt, BatchFields.Id]),
        new($"{Prefix}manager_created_at", [Manager, CreatedAt, BatchFields.Id]),
        new($"{Prefix}batch_type_rating", [BatchType, Rating, BatchFields.Id]),
    ];

    /// <summary>Whether an index has all batches in the order of a field.</summary>
    public static bool HasOrder(Field field) =>
        field == BatchFields.Id || field == Repeated || All.Any(index => index.Fields[0] == field);

    /// <summary>Whether an index contains exactly the batches with certain values, in exactly an order.</summary>
    /// <param name="equal">The fields whose values are given.</param>
    /// <param name="order">The fields of the order, all in the same direction.</param>
    public static bool Serves(IReadOnlyCollection<Field?> equal, IReadOnlyList<Field> order)
    {
        // Lists by repeated are read in two parts by id.
        if (order is [var single] && single == BatchFields.Id && equal.All(field => field == Repeated))
            return true;
        if (order is [var first, _] && first == Repeated)
            return equal.Count == 0;
        var length = equal.Count + order.Count;
        return All.Any(index => index.Fields.Count == length
            && index.Fields.Take(equal.Count).All(equal.Contains) && index.Fields.Skip(equal.Count).SequenceEqual(order));
    }

    /// <summary>Describes an index to clients by its fields.</summary>
    /// <param name="name">Its name in the database, or the name of this index on a shard.</param>
    public static string Describe(string name) =>
        All.FirstOrDefault(index => IsName(name, index.Name)) is { } ordered ? string.Join(", ", ordered.Fields)
        : IsName(name, BatchSearchConfiguration.TextIndex) ? "text"
        : BatchFields.All.FirstOrDefault(field => IsName(name, BatchSearchConfiguration.GetIndexName(field)))?.Name
            ?? BatchFields.Id.Name;

    private static bool IsName(string name, string expected) => name == expected || Shards.IsShardOf(name, expected);
}
