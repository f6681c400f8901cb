using System.Collections.Frozen;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Finds the field that a client meant by an unknown name in a body. A name that could mean several fields gets no suggestion:
/// following it must do what the client meant.</summary>
internal static class FieldNameSuggestions
{
    private static readonly IReadOnlyList<string> WritableNames = [.. BatchFields.Writable.Select(f => f.Name)];

    /// <summary>What to suggest for a word, by its letters.</summary>
    private static readonly FrozenDictionary<string, string> Suggestions = new Dictionary<string, Field[]>
    {
        // Near a field, but of another meaning.
        ["batch_id"] = [],
        ["batch_name"] = [],
        ["date"] = [],

        ["code"] = [BatchFields.BatchCode],
        ["type"] = [BatchFields.BatchType],
        ["assigned_to"] = [BatchFields.Assignee],
        ["managed_by"] = [BatchFields.Manager],
        ["due"] = [BatchFields.DueDate],
        ["due_at"] = [BatchFields.DueDate],
        ["due_on"] = [BatchFields.DueDate],
        ["deadline"] = [BatchFields.DueDate],
        ["is_repeated"] = [BatchFields.Repeated],
        ["lead"] = [BatchFields.LeadIds],
        ["leads"] = [BatchFields.LeadIds],
        ["opportunity"] = [BatchFields.OpportunityIds],
        ["opportunities"] = [BatchFields.OpportunityIds],
        ["owner"] = [BatchFields.Manager, BatchFields.Assignee],
        ["description"] = [BatchFields.Summary, BatchFields.Notes],
    }
    .Concat(BatchFields.Writable.Select(field => KeyValuePair.Create(field.Name, (Field[])[field])))
    .ToFrozenDictionary(pair => Normalize(pair.Key), pair => Ask(pair.Value));

    /// <summary>" Did you mean '…'?", or an empty string.</summary>
    public static string For(string name) => Suggestions.GetValueOrDefault(Normalize(name)) ?? Suggestion.For(name, WritableNames);

    private static string Ask(Field[] fields) =>
        fields.Length == 0 ? "" : $" Did you mean {string.Join(" or ", fields.Select(field => $"'{field.Name}'"))}?";

    /// <summary>Names of the same words, as in <c>batch_code</c>, <c>Batch-Code</c> and <c>leadIds[]</c>, are equal.</summary>
    private static string Normalize(string name) =>
        string.Concat(name.Where(c => c is not ('_' or '-' or ' ' or '.' or '[' or ']'))).ToLowerInvariant();
}
