using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Leases;

internal static class LeaseResponses
{
    /// <summary>The claimed batches, each with its lease.</summary>
    public static StoredResponse Claimed(WriteResult result) =>
        new(StatusCodes.Status200OK, JsonOutput.Write(result.Claimed, static (json, claimed) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("data");
            foreach (var (batch, token, until) in claimed)
            {
                json.WriteStartObject();
                BatchJson.WriteFields(json, batch, FieldSet.All);
                json.WritePropertyName(BatchLease.Member);
                WriteLease(json, token, until);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }));

    /// <summary>An extended lease.</summary>
    public static StoredResponse Extended(string token, DateTime until) =>
        new(StatusCodes.Status200OK, JsonOutput.Write((token, until), static (json, lease) => WriteLease(json, lease.token, lease.until)));

    private static void WriteLease(Utf8JsonWriter json, string token, DateTime until)
    {
        json.WriteStartObject();
        json.WriteString("token", token);
        json.WriteString("until", Rfc3339.Format(until));
        json.WriteEndObject();
    }
}
