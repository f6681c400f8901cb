using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Parses the parameter <c>q</c> (specification, section 3.8): terms separated by white space, phrases in double quotes, a minus
/// before terms that must not occur. All other characters are ordinary, and so are quotes and minuses elsewhere.</summary>
internal sealed class SearchParser
{
    /// <summary>Maximum length of the parameter in code points.</summary>
    public const int MaxCharacters = 200;

    public const int MaxTerms = 10;

    private readonly QueryParameter _parameter;
    private readonly ValidationErrors _errors;
    private readonly string _text;
    private int _next;

    private SearchParser(QueryParameter parameter, ValidationErrors errors) =>
        (_parameter, _errors, _text) = (parameter, errors, parameter.Value);

    /// <returns>The terms, which are incomplete if there are errors.</returns>
    public static IReadOnlyList<TermFilter> Parse(QueryParameter? parameter, ValidationErrors errors)
    {
        if (parameter is not { } given)
            return [];
        if (!PostgresText.IsStorable(given.Value))
        {
            errors.Add(given.Name, PostgresText.Unstorable);
            return [];
        }
        var characters = Utf16.CountCodePoints(given.Value);
        if (characters > MaxCharacters)
        {
            errors.Add(given.Name, string.Create(
                CultureInfo.InvariantCulture, $"too long: {characters:N0} characters. The maximum is {MaxCharacters}."));
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
                return RequireCharacters(terms);

            var location = GetLocation();
            var excluded = _text[_next] == '-' && !IsSpace(_next + 1);
            if (excluded)
                _next++;
            terms.Add(new TermFilter(location, _text[_next] == '"' ? ReadPhrase() : ReadWord(), excluded));
            if (terms.Count == MaxTerms + 1)
                location.AddError(_errors, "too many terms", $"The maximum is {MaxTerms}. Words in double quotes are one term.");
        }
    }

    private List<TermFilter> RequireCharacters(List<TermFilter> terms)
    {
        if (terms.Count > 0 && !_errors.Has(_parameter.Name) && terms.All(term => FoldedText.IsEmpty(term.Text)))
            terms[0].Location.AddError(_errors, "nothing to search for", "Marks, tatweel and invisible characters are ignored.");
        return terms;
    }

    private string ReadWord()
    {
        var start = _next;
        while (!IsSpace(_next))
            _next++;
        return _text[start.._next];
    }

    private string ReadPhrase()
    {
        var location = GetLocation();
        var start = _next + 1;
        _next = _text.IndexOf('"', start);
        if (_next < 0)
        {
            location.AddError(_errors, "unclosed double quote");
            _next = _text.Length;
            return "";
        }

        var phrase = _text[start.._next++];
        if (phrase.Length == 0)
            location.AddError(_errors, "empty phrase");
        if (!IsSpace(_next))
            GetLocation().AddError(_errors, "expected white space after the closing quote");
        return phrase;
    }

    /// <summary>Whether the character is white space, or the text ends before it.</summary>
    private bool IsSpace(int index) => index >= _text.Length || char.IsWhiteSpace(_text[index]);

    private SourceLocation GetLocation() => new(_parameter.Name, Utf16.CountCodePoints(_text.AsSpan(0, _next)) + 1);
}
