using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.ApiTests.Docs;

/// <summary>A script of <c>docs/querying.md</c> and its output.</summary>
/// <param name="Line">The first line.</param>
/// <param name="Script">The script.</param>
/// <param name="Kind">The kind of its output: <c>json</c>, <c>http</c> (headers) or <c>text</c>; null if the page does not show it.</param>
/// <param name="Printed">The output.</param>
internal sealed record DocumentedScript(int Line, string Script, string? Kind, string Printed);

/// <summary>A request of <c>docs/querying.md</c> and its result.</summary>
/// <param name="Line">The line.</param>
/// <param name="Text">The request in the page.</param>
/// <param name="Address">The path and the query.</param>
/// <param name="Finds">The codes of the records that it finds, or null if the page does not show them.</param>
/// <param name="Errors">The errors of its response, in which <c>…</c> stands for any text; null if it succeeds.</param>
internal sealed record DocumentedRequest(
    int Line, string Text, string Address, IReadOnlyList<string>? Finds, IReadOnlyList<string>? Errors);

/// <summary>Parses the page <c>docs/querying.md</c>. Examples are
/// <list type="bullet">
/// <item>blocks of <c>sh</c>; the next block of <c>json</c>, <c>http</c> or <c>text</c> is their output;</item>
/// <item>tables whose first column is named <c>request</c>, and holds a query, or is named for a parameter in code, and holds values of it.
/// A column <c>finds</c> has the codes of the records found, a column <c>errors</c> the errors in the response;</item>
/// <item>code in the text that begins with <c>?</c> (a query), with <c>{</c> (<c>p</c>), or with a field and a colon
/// (<c>fields</c>).</item>
/// </list></summary>
internal sealed partial class QueryingPage
{
    private static readonly string[] PrintedKinds = ["json", "http", "text"];

    private readonly string[] _lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "querying.md"));
    private readonly List<DocumentedScript> _scripts = [];
    private readonly List<DocumentedRequest> _requests = [];
    private readonly List<(string[] Head, List<string[]> Rows)> _tables = [];

    private QueryingPage()
    {
        for (var i = 0; i < _lines.Length; i++)
        {
            if (_lines[i].StartsWith("```", StringComparison.Ordinal))
                i = Block(i);
            else if (_lines[i].StartsWith("| ", StringComparison.Ordinal))
                i = Table(i);
            else
                Prose(i, _lines[i]);
        }
    }

    /// <summary>The page.</summary>
    public static QueryingPage Instance { get; } = new();

    /// <summary>The lines of the page.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The scripts.</summary>
    public IReadOnlyList<DocumentedScript> Scripts => _scripts;

    /// <summary>The requests.</summary>
    public IReadOnlyList<DocumentedRequest> Requests => _requests;

    /// <summary>The rows of the table with a first column of that name, by column names.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> GetRows(string firstColumn)
    {
        var (head, rows) = _tables.Single(table => table.Head[0] == firstColumn);
        return rows.Select(row => head.Zip(row).ToDictionary(cell => cell.First, cell => cell.Second));
    }

    /// <summary>The inline code of a text.</summary>
    private static IEnumerable<string> Codes(string text) => Code().Matches(text).Select(match => match.Groups["code"].Value);

    private int Block(int start)
    {
        var end = Array.FindIndex(_lines, start + 1, line => line == "```");
        Assert.True(end > 0, $"The block at line {start + 1} has no end.");
        var (kind, text) = (_lines[start][3..], string.Join('\n', _lines[(start + 1)..end]));
        if (kind == "sh")
        {
            _scripts.Add(new DocumentedScript(start + 1, text, Kind: null, ""));
        }
        else if (kind != "abnf")
        {
            Assert.True(PrintedKinds.Contains(kind), $"The block at line {start + 1} is of an unknown kind.");
            Assert.True(_scripts is [.., { Kind: null }], $"The block at line {start + 1} has no script before it.");
            _scripts[^1] = _scripts[^1] with { Kind = kind, Printed = text };
        }
        return end;
    }

    private int Table(int start)
    {
        var end = start;
        while (end < _lines.Length && _lines[end].StartsWith('|'))
            end++;
        var head = Cells(_lines[start]);
        var rows = new List<string[]>();
        _tables.Add((head, rows));
        var (finds, errors) = (Array.IndexOf(head, "finds"), Array.IndexOf(head, "errors"));
        var parameter = Codes(head[0]).SingleOrDefault();
        for (var i = start + 2; i < end; i++)
        {
            var row = Cells(_lines[i]);
            Assert.True(row.Length == head.Length, $"The row at line {i + 1} does not have as many cells as its table.");
            rows.Add(row);
            if (parameter is null && head[0] != "request")
            {
                Prose(i, _lines[i]);
                continue;
            }
            var text = Codes(row[0]).Single();
            _requests.Add(new DocumentedRequest(
                i + 1,
                text,
                parameter is null ? ToAddress(text) : ToAddress(parameter, text),
                finds < 0 ? null : row[finds] == "nothing" ? [] : row[finds].Split(' '),
                errors < 0 ? null : [.. Codes(row[errors])]));
        }
        return end - 1;
    }

    private void Prose(int i, string text)
    {
        foreach (var code in Codes(text))
        {
            var address = code[0] == '?' ? ToAddress(code)
                : code[0] == '{' ? ToAddress(ApiParameters.MongoFilter.Name, code)
                : BatchFields.FindIgnoringCase(code.Split(':')[0]) is not null && code.Contains(':', StringComparison.Ordinal)
                    ? ToAddress(ApiParameters.Fields.Name, code)
                : null;
            if (address is not null)
                _requests.Add(new DocumentedRequest(i + 1, code, address, Finds: null, Errors: null));
        }
    }

    private static string ToAddress(string query) =>
        query.StartsWith('?') || query.StartsWith("/deleted?", StringComparison.Ordinal)
            || query.StartsWith("/groups?", StringComparison.Ordinal)
        ? Http.Batches + query
        : throw new ArgumentException($"'{query}' is not a query.");

    private static string ToAddress(string parameter, string value) => $"{Http.Batches}?{parameter}={Uri.EscapeDataString(value)}";

    private static string[] Cells(string row) =>
        [.. Bar().Split(row.Trim().Trim('|')).Select(cell => cell.Trim().Replace(@"\|", "|", StringComparison.Ordinal))];

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();
}
