namespace BatchesApi.Http;

/// <summary>A body that an operation accepts.</summary>
/// <param name="Name">A name for it, one word.</param>
/// <param name="Summary">What it does, in a few words.</param>
/// <param name="Json">The body as JSON.</param>
internal sealed record BodyExample(string Name, string Summary, string Json);
