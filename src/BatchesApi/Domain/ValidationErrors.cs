using System.Collections;

namespace BatchesApi.Domain;

/// <summary>What is wrong with a request: messages under the names that the client wrote, in the order in which they were found.
/// Parsers go on after a fault, so that the client hears of all of them at once.</summary>
internal sealed class ValidationErrors : IEnumerable<KeyValuePair<string, IReadOnlyList<string>>>
{
    /// <summary>Most faults that are kept: beyond that a request is no mistake but an attack, and the answer must not be many times its size.</summary>
    private const int Limit = 1_000;

    private readonly OrderedDictionary<string, List<string>> _messages = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Whether there is any.</summary>
    public bool HasErrors => _messages.Count > 0;

    /// <summary>Whether further faults will be left out.</summary>
    public bool IsFull => _count >= Limit;

    /// <summary>Adds a message that completes the sentence "<c>name</c> …".</summary>
    public void Add(string name, string message)
    {
        if (IsFull)
            return;
        if (!_messages.TryGetValue(name, out var messages))
            _messages.Add(name, messages = []);
        messages.Add(message);
        _count++;
    }

    /// <summary>Whether something is wrong with that name already.</summary>
    public bool Has(string name) => _messages.ContainsKey(name);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, IReadOnlyList<string>>> GetEnumerator()
    {
        foreach (var (name, messages) in _messages)
            yield return new(name, messages);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
