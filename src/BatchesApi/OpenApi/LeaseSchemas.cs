using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Leases;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>The schemas of claims and leases, whose JSON is read and written by hand.</summary>
internal static class LeaseSchemas
{
    private const string Lease = "Lease";
    private const string ClaimedBatch = "ClaimedBatch";

    /// <summary>Adds the schemas.</summary>
    /// <param name="schemas">The components, which have the schema of a batch.</param>
    /// <param name="document">The document with the components.</param>
    public static void AddTo(IDictionary<string, IOpenApiSchema> schemas, OpenApiDocument document)
    {
        IOpenApiSchema Reference(string name) => new OpenApiSchemaReference(name, document);

        schemas["Claim"] = CreateObject(
            "The batches to claim. Every member is optional, and null is as if the member were absent.",
            [],
            ("where", Reference("Filter")),
            ("sortBy", CreateText("The field by which to claim, as in a list. The default is `createdAt`.", "dueDate", "rating")),
            ("order", Reference("SortDirection")),
            ("limit", new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "1",
                Maximum = ClaimRequest.MaxLimit.ToString(CultureInfo.InvariantCulture),
                Description = "The maximum number of batches. The default is 1.",
                Examples = [1],
            }),
            ("for", CreateDuration()),
            ("set", Reference("BatchSet")));
        schemas[Lease] = CreateObject(
            "The exclusive right to a batch for some time.",
            ["token", "until"],
            ("token", CreateText(
                "The secret that proves the lease. Send it in `Batch-Lease` with writes.", "8J2cPb0yXvQmT4nGf1LwZk7sRa6eUd3H")),
            ("until", new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = "date-time",
                Description = "The time at which the lease ends, by the clock of the database.",
                Examples = ["2026-12-01T00:15:00Z"],
            }));
        var batch = (OpenApiSchema)schemas["Batch"].CreateShallowCopy();
        batch.Description = "A batch with its lease.";
        batch.Properties = new Dictionary<string, IOpenApiSchema>(batch.Properties!) { [BatchLease.Member] = Reference(Lease) };
        batch.Required = new HashSet<string>(batch.Required!) { BatchLease.Member };
        schemas[ClaimedBatch] = batch;
        schemas["ClaimedBatches"] = CreateObject(
            "The claimed batches.",
            ["data"],
            ("data", new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = Reference(ClaimedBatch),
                Description = "The batches, in the order of the claim. Empty if no batch was available.",
            }));
        schemas["LeaseExtension"] = CreateObject(
            "The new duration of a lease.",
            ["token"],
            ("token", CreateText("The token of the lease.", "8J2cPb0yXvQmT4nGf1LwZk7sRa6eUd3H")),
            ("for", CreateDuration()));
    }

    private static OpenApiSchema CreateDuration() => CreateText(
        $"The duration of the lease from now: a whole number and a unit (s, m, h, d), from {BatchLease.MinDuration.TotalSeconds}s to "
        + $"{BatchLease.MaxDuration.TotalHours}h. The default is `{BatchLease.DefaultDuration.TotalMinutes}m`.",
        "15m",
        "30s");

    private static OpenApiSchema CreateObject(
        string description, string[] required, params (string Name, IOpenApiSchema Schema)[] properties) => new()
        {
            Type = JsonSchemaType.Object,
            Description = description,
            Required = required.ToHashSet(),
            Properties = properties.ToDictionary(property => property.Name, property => property.Schema),
        };

    private static OpenApiSchema CreateText(string description, params string[] examples) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        Examples = [.. examples.Select(example => JsonValue.Create(example))],
    };
}
