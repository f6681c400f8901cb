using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads the body of a create or an update (specification, sections 1 and 4). A malformed body is a problem; invalid fields are
/// collected.</summary>
/// <param name="strict">Whether an unknown field is an error.</param>
/// <param name="withServerFields">Whether to read server-managed fields; otherwise they are ignored.</param>
internal sealed class BatchBodyReader(bool strict, bool withServerFields = false)
{
    /// <summary>Maximum size of a body in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Maximum size of an array in bytes.</summary>
    public const int MaxArrayBytes = 5 << 20;

    /// <summary>Maximum number of batches in an array.</summary>
    public const int MaxItems = 1_000;

    /// <summary>Maximum nesting depth of JSON.</summary>
    public const int MaxDepth = 16;

    /// <summary>A body for messages.</summary>
    public const string Example = """{"batchCode":"B-2026-001","batchType":"renewal"}""";

    private readonly BatchJsonReader _json = new(new FieldLookup(strict, withServerFields));
    private readonly CsvBatchReader _csv = new(new FieldLookup(strict, withServerFields));
    private readonly BatchFormReader _form = new(new FieldLookup(strict, withServerFields));

    /// <summary>Reads a body with one batch. An empty body is an object without members.</summary>
    public Result<BatchPatch> Read(RequestBody body, ValidationErrors errors, BodyPurpose purpose = BodyPurpose.Create)
    {
        if (body.Content.IsEmpty)
            return BatchPatch.Empty;
        if (body.Format == BodyFormat.Form && !body.LooksLikeJson)
            return _form.Read(body.Content, errors);

        // The reference labels the form lines of its create example as JSON.
        var patch = _json.Read(body.Text, errors, purpose);
        return patch.Problem?.Code == ProblemCode.MalformedBody && BatchFormReader.IsForm(body.Content)
            ? _form.Read(body.Content, errors)
            : patch;
    }

    /// <summary>Reads batches from CSV, one by one.</summary>
    /// <inheritdoc cref="CsvBatchReader.Read"/>
    public IEnumerable<CsvBatch> ReadCsv(TextReader text) => _csv.Read(text);

    /// <summary>Reads a body with several batches: a JSON array, or CSV.</summary>
    /// <inheritdoc cref="BatchJsonReader.ReadArray" path="/param"/>
    public Result<BatchPatch[]> ReadArray(RequestBody body, Action<BatchPatch, ValidationErrors> validate, ValidationErrors errors) =>
        body.Format == BodyFormat.Csv ? _csv.ReadArray(body.Text, validate, errors) : _json.ReadArray(body.Text, validate, errors);

    /// <summary>Reads the fields of a batch from a JSON object that is a part of a body.</summary>
    /// <inheritdoc cref="BatchJsonReader.ReadObject" path="/param"/>
    public Result<BatchPatch> ReadObject(JsonElement json, ValidationErrors errors, BodyPurpose purpose) =>
        _json.ReadObject(json, errors, purpose);
}

/// <summary>What a body is for, which decides what problems say to send instead.</summary>
internal enum BodyPurpose
{
    Create,

    /// <summary>Setting all fields of a batch.</summary>
    Replace,

    /// <summary>Setting some fields of a batch.</summary>
    Change,

    /// <summary>Searching batches.</summary>
    Search,

    /// <summary>Selecting batches to change or to claim.</summary>
    Selection,
}

/// <summary>Finds fields by the names in a body.</summary>
/// <inheritdoc cref="BatchBodyReader" path="/param"/>
internal readonly record struct FieldLookup(bool Strict, bool WithServerFields)
{
    /// <summary>The field to read, or null. Server-managed fields are ignored, so that clients can send back what they received.</summary>
    public Field? Find(string name, ValidationErrors errors)
    {
        var field = BatchFields.Find(name);
        if (field is null && Strict && !errors.IsFull && !IsIgnored(name) && !errors.Has(name))
            errors.Add(name, $"is not a field of a batch.{GetPointer(name)}");
        return field is not null && (WithServerFields || field.IsWritable) ? field : null;
    }

    /// <summary>Whether clients that were written for Mongoose send the field back.</summary>
    public static bool IsMongoose(string name) => name is "_id" or "__v";

    /// <summary>An import keeps ids, so it must not lose them.</summary>
    private bool IsIgnored(string name) => !WithServerFields && (IsMongoose(name) || name == BatchLease.Member);

    private string GetPointer(string name) =>
        WithServerFields && name == "_id" ? " Rename it to 'id' to keep the ids, or remove it." : FieldNameSuggestions.For(name);
}
