namespace BatchesApi.Http;

/// <param name="Strict">Whether unknown names in queries and bodies are errors; otherwise they are ignored (specification, section
/// 3).</param>
internal sealed record RequestOptions(bool Strict);
