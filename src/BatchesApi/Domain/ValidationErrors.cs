using System.Collections;

namespace BatchesApi.Domain;

/// <summary>The errors of a request: messages by the names that the client wrote, in the order of their discovery. Parsers continue after
/// an error, so that one response reports all of them.</summary>
internal sealed class ValidationErrors : IEnumerable<KeyValuePair<string, IReadOnlyList<string>>>
{
    /// <summary>Maximum number of messages. A request with more is an attack, and the response must not be many times its size.</summary>
    private const int MaxMessages = 1_000;

    /// <summary>Maximum number of characters of a name; the rest is cut off. No field and no parameter has a name this long.</summary>
    private const int MaxNameLength = 128;

    private readonly OrderedDictionary<string, List<string>> _messages = new(StringComparer.Ordinal);
    private int _count;

    public bool HasErrors => _messages.Count > 0;

    /// <summary>Whether further errors will be dropped.</summary>
    public bool IsFull => _count >= MaxMessages;

    /// <summary>Adds a message, which must read well behind the name: <c>rating: must be between 0 and 5.</c></summary>
    public void Add(string name, string message)
    {
        if (IsFull)
            return;
        name = Utf16.Shorten(name, MaxNameLength);
        if (!_messages.TryGetValue(name, out var messages))
            _messages.Add(name, messages = []);
        messages.Add(message);
        _count++;
    }

    /// <summary>Adds the errors of a part of the request, such as an item of an array.</summary>
    /// <param name="name">The name of the part, such as <c>[3]</c>.</param>
    /// <param name="errors">Its errors, with names such as <c>rating</c>; an empty name stands for the part as a whole.</param>
    public void AddNested(string name, ValidationErrors errors)
    {
        foreach (var (member, messages) in errors)
        {
            foreach (var message in messages)
                Add(member.Length == 0 ? name : $"{name}.{member}", message);
        }
    }

    /// <summary>Number of messages of a name.</summary>
    public int Count(string name) => _messages.GetValueOrDefault(Utf16.Shorten(name, MaxNameLength))?.Count ?? 0;

    /// <summary>Whether the name already has an error.</summary>
    public bool Has(string name) => _messages.ContainsKey(Utf16.Shorten(name, MaxNameLength));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, IReadOnlyList<string>>> GetEnumerator()
    {
        foreach (var (name, messages) in _messages)
            yield return new(name, messages);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
