using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>A term of <c>fields</c>: one or more parts, separated by colons.</summary>
/// <param name="Text">The term as written.</param>
/// <param name="Parts">The parts.</param>
internal sealed record Term(string Text, IReadOnlyList<TermPart> Parts);

/// <summary>A part of a term: one or more items, separated by bars.</summary>
/// <param name="Start">The location after the separator before the part.</param>
/// <param name="Items">The items.</param>
internal sealed record TermPart(SourceLocation Start, IReadOnlyList<TermItem> Items);

/// <summary>The smallest piece of a term.</summary>
/// <param name="Location">The location of its first character.</param>
/// <param name="Text">Its text, without quotes and surrounding white space.</param>
/// <param name="IsQuoted">Whether it is in quotes.</param>
internal sealed record TermItem(SourceLocation Location, string Text, bool IsQuoted)
{
    /// <summary>The item as the client may write it.</summary>
    public string Source => IsQuoted ? FieldsSyntax.Quote(Text) : Text;
}

/// <summary>Splits the parameter <c>fields</c> into terms at commas, parts at colons and items at bars. An item is bare or in double quotes
/// with the escapes <c>\"</c> and <c>\\</c> (specification, section 3.6). A quote within a bare item is an ordinary character.</summary>
internal sealed class FieldsLexer(QueryParameter parameter, ValidationErrors errors)
{
    private readonly string _text = parameter.Value;
    private int _next;
    private (int Index, int Number) _counted = (0, 1);

    public IReadOnlyList<Term> Parse() =>
        ReadSeparated(',', ReadTerm);

    private Term ReadTerm()
    {
        var start = _next;
        var parts = ReadSeparated(':', () => new TermPart(GetLocation(), ReadSeparated('|', ReadItem)));
        return new Term(_text[start.._next].Trim(), parts);
    }

    private List<T> ReadSeparated<T>(char separator, Func<T> read)
    {
        var all = new List<T> { read() };
        while (_next < _text.Length && _text[_next] == separator)
        {
            _next++;
            all.Add(read());
        }
        return all;
    }

    private TermItem ReadItem()
    {
        while (_next < _text.Length && char.IsWhiteSpace(_text[_next]))
            _next++;
        var location = GetLocation();
        return _next < _text.Length && _text[_next] == '"'
            ? new TermItem(location, ReadQuoted(location), IsQuoted: true)
            : new TermItem(location, ReadBare(), IsQuoted: false);
    }

    private string ReadBare()
    {
        var start = _next;
        while (_next < _text.Length && _text[_next] is not (',' or ':' or '|'))
            _next++;
        return _text[start.._next].TrimEnd();
    }

    private string ReadQuoted(SourceLocation location)
    {
        var text = new StringBuilder();
        for (_next++; _next < _text.Length && _text[_next] != '"'; _next++)
        {
            if (_text[_next] == '\\')
            {
                if (_next + 1 == _text.Length || _text[_next + 1] is not ('"' or '\\'))
                    GetLocation().AddError(errors, "invalid escape", """Within quotes, write \\ for a backslash and \" for a quote.""");
                else
                    _next++;
            }
            text.Append(_text[_next]);
        }
        if (_next == _text.Length)
        {
            location.AddError(errors, "unclosed double quote");
            return text.ToString();
        }

        _next++;
        var end = GetLocation();
        if (ReadBare().Trim().Length > 0)
            end.AddError(errors, "expected ',', ':', '|' or the end after the closing quote");
        return text.ToString();
    }

    /// <summary>The location of the next character. Counts from the previous location, so that a long text is counted once.</summary>
    private SourceLocation GetLocation()
    {
        _counted = (_next, _counted.Number + Utf16.CountCodePoints(_text.AsSpan(_counted.Index, _next - _counted.Index)));
        return new SourceLocation(parameter.Name, _counted.Number);
    }
}
