using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>A term of <c>fields</c>: its parts between colons, at least one.</summary>
internal sealed record Term(IReadOnlyList<TermPart> Parts);

/// <summary>A part of a term: its items between bars, at least one.</summary>
internal sealed record TermPart(IReadOnlyList<TermItem> Items);

/// <summary>The smallest piece of a term.</summary>
/// <param name="Location">Where it begins.</param>
/// <param name="Text">Its text, without quotes and the spaces around it.</param>
/// <param name="IsQuoted">Whether it stands in quotes.</param>
internal sealed record TermItem(SourceLocation Location, string Text, bool IsQuoted);

/// <summary>Takes the parameter <c>fields</c> apart: terms between commas, parts between colons, items between bars, each bare or in
/// double quotes with the escapes <c>\"</c> and <c>\\</c> (specification, section 3). A quote within a bare item is an ordinary
/// character.</summary>
internal sealed class FieldsLexer(QueryParameter parameter, ValidationErrors errors)
{
    private readonly string _text = parameter.Value;
    private int _next;
    private (int Index, int Number) _counted = (0, 1);

    /// <summary>Reads all terms.</summary>
    public IReadOnlyList<Term> Parse() => Separated(',', () => new Term(Separated(':', () => new TermPart(Separated('|', Item)))));

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
        var location = Here();
        return _next < _text.Length && _text[_next] == '"'
            ? new TermItem(location, Quoted(location), IsQuoted: true)
            : new TermItem(location, Bare(), IsQuoted: false);
    }

    private string Bare()
    {
        var start = _next;
        while (_next < _text.Length && _text[_next] is not (',' or ':' or '|'))
            _next++;
        return _text[start.._next].TrimEnd();
    }

    private string Quoted(SourceLocation location)
    {
        var text = new StringBuilder();
        for (_next++; _next < _text.Length && _text[_next] != '"'; _next++)
        {
            if (_text[_next] == '\\')
            {
                if (_next + 1 == _text.Length || _text[_next + 1] is not ('"' or '\\'))
                    Here().AddError(errors, """has a backslash that escapes nothing; in quotes, write \\ for a backslash and \" for a quote.""");
                else
                    _next++;
            }
            text.Append(_text[_next]);
        }
        if (_next == _text.Length)
        {
            location.AddError(errors, "opens a double quote that is never closed.");
            return text.ToString();
        }

        _next++;
        var end = Here();
        if (Bare().Trim().Length > 0)
            end.AddError(errors, "goes on after a closing quote, where a comma, colon or bar should be, or the end.");
        return text.ToString();
    }

    /// <summary>The place of the next character. It counts on from the last, so that a long text is gone through once.</summary>
    private SourceLocation Here()
    {
        _counted = (_next, _counted.Number + FilterLimits.CountCodePoints(_text.AsSpan(_counted.Index, _next - _counted.Index)));
        return new SourceLocation(parameter.Name, _counted.Number);
    }
}
