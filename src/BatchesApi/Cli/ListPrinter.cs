using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.Cli;

/// <summary>Prints lists to standard output.</summary>
internal static class ListPrinter
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>Prints a JSON array, or one line per item.</summary>
    /// <returns>The exit code.</returns>
    public static int Print<T>(IEnumerable<T> items, bool asJson, Func<T, JsonObject> toJson, Func<T, string> toLine)
    {
        if (asJson)
        {
            Console.WriteLine(new JsonArray([.. items.Select(toJson)]).ToJsonString(Options));
            return 0;
        }
        foreach (var item in items)
            Console.WriteLine(toLine(item));
        return 0;
    }

    public static string? FormatInstant(DateTime? instant) => instant is { } value ? Rfc3339.Format(value) : null;
}
