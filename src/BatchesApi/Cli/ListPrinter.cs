using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

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
    /// <param name="items">The items.</param>
    /// <param name="asJson">Whether to print JSON.</param>
    /// <param name="toJson">Converts an item to JSON.</param>
    /// <param name="columns">The columns of the lines.</param>
    /// <returns>The exit code.</returns>
    public static int Print<T>(IEnumerable<T> items, bool asJson, Func<T, JsonObject> toJson, IReadOnlyList<ListColumn<T>> columns)
    {
        if (asJson)
            Console.WriteLine(new JsonArray([.. items.Select(toJson)]).ToJsonString(Options));
        else
            Console.Write(Format(items, columns, Console.IsOutputRedirected));
        return 0;
    }

    /// <summary>Formats one line per item: for programs separated by tabs, for people with headings and aligned.</summary>
    internal static string Format<T>(IEnumerable<T> items, IReadOnlyList<ListColumn<T>> columns, bool forPrograms)
    {
        var lines = items.Select(item => columns.Select(column => column.GetText(item) ?? "-").ToArray()).ToList();
        if (forPrograms)
            return string.Concat(lines.Select(line => $"{string.Join('\t', line)}{Environment.NewLine}"));
        lines.Insert(0, [.. columns.Select(column => column.Heading)]);
        var widths = columns.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
        return string.Concat(lines.Select(line =>
            $"{string.Join("  ", line.Select((text, i) => text.PadRight(widths[i]))).TrimEnd()}{Environment.NewLine}"));
    }
}

/// <summary>A column of a list.</summary>
/// <param name="Heading">The heading on a terminal.</param>
/// <param name="GetText">Gets the text of an item; null if it has none.</param>
internal sealed record ListColumn<T>(string Heading, Func<T, string?> GetText);
