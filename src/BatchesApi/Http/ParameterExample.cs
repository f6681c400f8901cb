namespace BatchesApi.Http;

/// <summary>A value that a parameter may have.</summary>
/// <param name="Name">A name for it, one word.</param>
/// <param name="Value">The value, not encoded.</param>
/// <param name="Summary">What it asks for, in a few words.</param>
internal sealed record ParameterExample(string Name, string Value, string Summary);
