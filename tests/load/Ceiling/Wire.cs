using System.Text.Json;
using System.Text.Json.Serialization;

namespace BatchesApi.Ceiling;

/// <summary>A batch as it is answered.</summary>
internal sealed record Batch(
    string Id, string BatchCode, string BatchType, string? Manager, string? Assignee, DateTime? DueDate, bool Repeated, string? Summary, string? Notes,
    string[] LeadIds, string[] OpportunityIds, int? Rating, DateTime CreatedAt, DateTime UpdatedAt, int Version);

/// <summary>A page of a list.</summary>
internal sealed record Page(IReadOnlyList<Batch> Data, long? Total);

/// <summary>What a create takes, in the fields that the benchmark sends.</summary>
internal sealed record NewBatch(string BatchCode, string BatchType, string? Manager, string? Assignee, string? Summary, string? Notes, string[]? LeadIds, int? Rating);

/// <summary>What a change takes, in the field that the benchmark sends.</summary>
internal sealed record Change(DateTime? DueDate);

/// <summary>Code that writes and reads these as JSON, made at build time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Batch))]
[JsonSerializable(typeof(Page))]
[JsonSerializable(typeof(NewBatch))]
[JsonSerializable(typeof(Change))]
internal sealed partial class Json : JsonSerializerContext;
