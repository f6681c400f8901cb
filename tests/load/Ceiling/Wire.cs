using System.Text.Json;
using System.Text.Json.Serialization;

namespace BatchesApi.Ceiling;

/// <summary>A batch in a response.</summary>
internal sealed record Batch(
    string Id, string BatchCode, string BatchType, string? Manager, string? Assignee, DateTime? DueDate,
    bool Repeated, string? Summary, string? Notes,
    string[] LeadIds, string[] OpportunityIds, int? Rating, DateTime CreatedAt, DateTime UpdatedAt, int Version);

/// <summary>A page of a list.</summary>
internal sealed record Page(IReadOnlyList<Batch> Data, long? Total);

/// <summary>The body of a create, with the fields that the benchmark sends.</summary>
internal sealed record NewBatch(
    string BatchCode, string BatchType, string? Manager, string? Assignee, string? Summary, string? Notes, string[]? LeadIds, int? Rating);

/// <summary>The body of a change, with the fields of which the benchmark sends one.</summary>
internal sealed record Change(DateTime? DueDate, string? Assignee);

/// <summary>The generated JSON serializers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Batch))]
[JsonSerializable(typeof(Page))]
[JsonSerializable(typeof(NewBatch))]
[JsonSerializable(typeof(Change))]
internal sealed partial class Json : JsonSerializerContext;
