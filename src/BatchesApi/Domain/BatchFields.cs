using System.Collections.Frozen;
using System.Linq.Expressions;

namespace BatchesApi.Domain;

/// <summary>The one catalogue of the fields of a batch. Bodies, lists, answers, statements and the OpenAPI document follow it, so that
/// nothing outside it can be read, written or reach SQL.</summary>
internal static class BatchFields
{
    private static readonly List<Field> Catalogue = [];

    public static readonly Field Id = Text("id", FieldOrigin.Server, b => b.Id,
        "The id, made by the server: 24 lowercase hexadecimal digits.", "\"63a5b84c53e1218321c55572\"", pattern: ObjectIdGenerator.Pattern);

    public static readonly Field BatchCode = Text("batchCode", FieldOrigin.Required, b => b.BatchCode,
        "The code, not blank; unique, as written, among the account's batches that are not deleted.", "\"B-2026-001\"", 64);

    public static readonly Field BatchType = Text("batchType", FieldOrigin.Required, b => b.BatchType,
        "The type.", "\"renewal\"", 64);

    public static readonly Field Manager = Text("manager", FieldOrigin.Optional, b => b.Manager,
        "Who answers for the batch.", "\"maria\"", 200);

    public static readonly Field Assignee = Text("assignee", FieldOrigin.Optional, b => b.Assignee,
        "Who works on the batch.", "\"amy\"", 200);

    public static readonly Field DueDate = Instant("dueDate", FieldOrigin.Optional, b => b.DueDate,
        "When it is due: an RFC 3339 date (00:00 UTC is meant) or date-time (UTC where it has no offset). Answered in UTC.",
        "\"2026-12-01T00:00:00Z\"");

    public static readonly Field Repeated = Add(new Field<bool>(Catalogue.Count, "repeated", FieldKind.Boolean, FieldOrigin.Optional,
        b => b.Repeated, static (json, value) => json.WriteBooleanValue(value))
    { Description = "Whether the batch recurs.", Example = "false" });

    public static readonly Field Summary = Text("summary", FieldOrigin.Optional, b => b.Summary,
        "What it is about, in a line.", "\"Renewals of the first quarter\"", 500);

    public static readonly Field Notes = Text("notes", FieldOrigin.Optional, b => b.Notes,
        "Anything worth keeping.", "\"Call before noon.\"", 10_000);

    public static readonly Field LeadIds = Texts("leadIds", b => b.LeadIds,
        "The leads in the batch, in the order given.", "[\"63a5b84c53e1218321c55001\", \"63a5b84c53e1218321c55002\"]");

    public static readonly Field OpportunityIds = Texts("opportunityIds", b => b.OpportunityIds,
        "The opportunities in the batch, in the order given.", "[\"63a5b84c53e1218321c56001\"]");

    public static readonly Field Rating = Add(new Field<int?>(Catalogue.Count, "rating", FieldKind.Integer, FieldOrigin.Optional,
        b => b.Rating, static (json, value) => json.WriteNumberValue(value!.Value))
    { Description = "How promising it is.", Example = "4", Range = (0, 5) });

    public static readonly Field CreatedAt = Instant("createdAt", FieldOrigin.Server, b => b.CreatedAt,
        "When it was created.", "\"2026-11-02T09:30:00Z\"");

    public static readonly Field UpdatedAt = Instant("updatedAt", FieldOrigin.Server, b => b.UpdatedAt,
        "When it last changed.", "\"2026-11-02T09:30:00Z\"");

    public static readonly Field DeletedAt = Instant("deletedAt", FieldOrigin.Deletion, b => b.DeletedAt,
        "When it was deleted; only on deleted batches.", "\"2026-11-03T16:45:00Z\"");

    public static readonly Field Version = Add(new Field<int>(Catalogue.Count, "version", FieldKind.Integer, FieldOrigin.Server,
        b => b.Version, static (json, value) => json.WriteNumberValue(value))
    { Description = "1 on creation, one more with every change; the entity tag holds it.", Example = "1", Range = (1, int.MaxValue) });

    private static readonly FrozenDictionary<string, Field> ByExactName = Catalogue.ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Field> ByAnyCase =
        Catalogue.ToFrozenDictionary(f => f.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>All fields, in the order in which they are written.</summary>
    public static IReadOnlyList<Field> All => Catalogue;

    /// <summary>The fields that a client may give a value.</summary>
    public static IReadOnlyList<Field> Writable { get; } = [.. Catalogue.Where(f => f.IsWritable)];

    /// <summary>The fields that a list can be sorted by: of the deleted batches, or of the living ones.</summary>
    public static IEnumerable<Field> Sortable(bool deleted) =>
        Catalogue.Where(f => f.IsSortable && (deleted || f.Origin != FieldOrigin.Deletion));

    /// <summary>The field that a list is sorted by where the client does not say.</summary>
    public static Field DefaultSort(bool deleted) => deleted ? DeletedAt : CreatedAt;

    /// <summary>The field of that name as bodies spell it, to the letter; null where there is none.</summary>
    public static Field? Find(string name) => ByExactName.GetValueOrDefault(name);

    /// <summary>The field of that name as list parameters spell it, in any case; null where there is none.</summary>
    public static Field? FindIgnoringCase(string name) => ByAnyCase.GetValueOrDefault(name);

    private static Field Text(
        string name, FieldOrigin origin, Expression<Func<Batch, string?>> path, string description, string example,
        int? maxLength = null, string? pattern = null) =>
        Add(new Field<string?>(Catalogue.Count, name, FieldKind.Text, origin, path, static (json, value) => json.WriteStringValue(value))
        { Description = description, Example = example, MaxLength = maxLength, Pattern = pattern });

    private static Field Instant<T>(
        string name, FieldOrigin origin, Expression<Func<Batch, T>> path, string description, string example) =>
        Add(new Field<T>(Catalogue.Count, name, FieldKind.DateTime, origin, path,
            static (json, value) => Rfc3339.Write(json, (DateTime)(object)value!))
        { Description = description, Example = example });

    private static Field Texts(string name, Expression<Func<Batch, string[]>> path, string description, string example) =>
        Add(new Field<string[]>(Catalogue.Count, name, FieldKind.TextList, FieldOrigin.Optional, path, static (json, items) =>
        {
            json.WriteStartArray();
            foreach (var item in items)
                json.WriteStringValue(item);
            json.WriteEndArray();
        })
        { Description = description, Example = example, MaxLength = 64, MaxItems = 1_000 });

    private static Field Add(Field field)
    {
        Catalogue.Add(field);
        return field;
    }
}
