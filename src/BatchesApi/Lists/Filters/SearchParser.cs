using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Reads the parameter <c>q</c> (specification, section 3): terms separated by white space, a phrase in double quotes, a minus before what must
/// not occur. Elsewhere quotes and minuses are ordinary characters, and so is everything else.</summary>
internal sealed class SearchParser
{
    /// <summary>Most characters of the parameter.</summary>
    public const int Characters = 200;

    /// <summary>Most terms.</summary>
    public const int Terms = 10;

    private readonly QueryParameter _parameter;
    private readonly ValidationErrors _errors;
    private readonly string _text;
    private int _next;

    private SearchParser(QueryParameter parameter, ValidationErrors errors) => (_parameter, _errors, _text) = (parameter, errors, parameter.Value);

    /// <summary>Reads the parameter.</summary>
    /// <returns>The terms; of no use where a fault was found.</returns>
    public static IReadOnlyList<TermFilter> Parse(QueryParameter? parameter, ValidationErrors errors)
    {
        if (parameter is not { } given)
            return [];
        if (!FilterLimits.IsStorable(given.Value))
        {
            errors.Add(given.Name, FilterLimits.Unstorable);
            return [];
        }
        var characters = FilterLimits.CountCodePoints(given.Value);
        if (characters > Characters)
        {
            errors.Add(given.Name, string.Create(CultureInfo.InvariantCulture, $"must not be longer than {Characters} characters, but has {characters:N0}."));
            return [];
        }
        return new SearchParser(given, errors).Parse();
    }

    private List<TermFilter> Parse()
    {
        var terms = new List<TermFilter>();
        while (true)
        {
            while (_next < _text.Length && IsSpace(_next))
                _next++;
            if (_next == _text.Length)
                return terms;

            var location = Here();
            var excluded = _text[_next] == '-' && !IsSpace(_next + 1);
            if (excluded)
                _next++;
            terms.Add(new TermFilter(location, _text[_next] == '"' ? Phrase() : Word(), excluded));
            if (terms.Count == Terms + 1)
                location.AddError(_errors, $"is one term too many: there may be {Terms}.");
        }
    }

    private string Word()
    {
        var start = _next;
        while (!IsSpace(_next))
            _next++;
        return _text[start.._next];
    }

    private string Phrase()
    {
        var location = Here();
        var start = _next + 1;
        _next = _text.IndexOf('"', start);
        if (_next < 0)
        {
            location.AddError(_errors, "opens a double quote that is never closed.");
            _next = _text.Length;
            return "";
        }

        var phrase = _text[start.._next++];
        if (phrase.Length == 0)
            location.AddError(_errors, "is a phrase with nothing in it.");
        if (!IsSpace(_next))
            Here().AddError(_errors, "goes on after a closing quote, where white space should be, or the end.");
        return phrase;
    }

    /// <summary>Whether white space stands there, or the end.</summary>
    private bool IsSpace(int index) => index >= _text.Length || char.IsWhiteSpace(_text[index]);

    private SourceLocation Here() => new(_parameter.Name, FilterLimits.CountCodePoints(_text.AsSpan(0, _next)) + 1);
}
