using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchesApi.Admin;

/// <summary>What verbs print for programs.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    /// <summary>Prints a JSON array.</summary>
    public static void Print(IEnumerable<JsonObject> items) => Console.WriteLine(new JsonArray([.. items]).ToJsonString(Options));
}
