using System.Text;

namespace BatchesApi.Requests.Filters;

/// <summary>A term of <c>fields</c>: its parts between colons, at least one.</summary>
internal sealed record Term(IReadOnlyList<TermPart> Parts);

/// <summary>A part of a term: its items between bars, at least one.</summary>
internal sealed record TermPart(IReadOnlyList<TermItem> Items);

/// <summary>The smallest piece of a term.</summary>
/// <param name="Place">Where it begins.</param>
/// <param name="Text">Its text, without quotes and the spaces around it.</param>
/// <param name="IsQuoted">Whether it stands in quotes.</param>
internal sealed record TermItem(FilterPlace Place, string Text, bool IsQuoted);

/// <summary>Takes the parameter <c>fields</c> apart: terms between commas, parts between colons, items between bars, each bare or in
/// double quotes with the escapes <c>\"</c> and <c>\\</c> (contract, section 3). A quote within a bare item is an ordinary
/// character.</summary>
internal sealed class TermReader(QueryParameter parameter, Faults faults)
{
    private readonly string _text = parameter.Value;
    private int _next;
    private (int Index, int Number) _counted = (0, 1);

    /// <summary>Reads all terms.</summary>
    public IReadOnlyList<Term> Read() => Separated(',', () => new Term(Separated(':', () => new TermPart(Separated('|', Item)))));

    private List<T> Separated<T>(char separator, Func<T> read)
    {
        var all = new List<T> { read() };
        while (_next < _text.Length && _text[_next] == separator)
        {
            _next++;
            all.Add(read());
        }
        return all;
    }

    private TermItem Item()
    {
        while (_next < _text.Length && char.IsWhiteSpace(_text[_next]))
            _next++;
        var place = Here();
        return _next < _text.Length && _text[_next] == '"'
            ? new TermItem(place, Quoted(place), IsQuoted: true)
            : new TermItem(place, Bare(), IsQuoted: false);
    }

    private string Bare()
    {
        var start = _next;
        while (_next < _text.Length && _text[_next] is not (',' or ':' or '|'))
            _next++;
        return _text[start.._next].TrimEnd();
    }

    private string Quoted(FilterPlace place)
    {
        var text = new StringBuilder();
        for (_next++; _next < _text.Length && _text[_next] != '"'; _next++)
        {
            if (_text[_next] == '\\')
            {
                if (_next + 1 == _text.Length || _text[_next + 1] is not ('"' or '\\'))
                    Here().Fault(faults, """has a backslash that escapes nothing; in quotes, write \\ for a backslash and \" for a quote.""");
                else
                    _next++;
            }
            text.Append(_text[_next]);
        }
        if (_next == _text.Length)
        {
            place.Fault(faults, "opens a double quote that is never closed.");
            return text.ToString();
        }

        _next++;
        var end = Here();
        if (Bare().Trim().Length > 0)
            end.Fault(faults, "goes on after a closing quote, where a comma, colon or bar should be, or the end.");
        return text.ToString();
    }

    /// <summary>The place of the next character. It counts on from the last, so that a long text is gone through once.</summary>
    private FilterPlace Here()
    {
        _counted = (_next, _counted.Number + FilterLimits.CodePoints(_text.AsSpan(_counted.Index, _next - _counted.Index)));
        return new FilterPlace(parameter.Name, _counted.Number);
    }
}
