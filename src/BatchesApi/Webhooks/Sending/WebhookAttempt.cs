using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Webhooks.Sending;

/// <summary>An attempt to send an event.</summary>
/// <param name="At">The time of its start, UTC.</param>
/// <param name="Code">The HTTP status, or null without a response.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Error">Why it failed, or null.</param>
/// <param name="Response">The beginning of the body of the response, or null if it is empty.</param>
internal sealed record WebhookAttempt(DateTime At, int? Code, TimeSpan Duration, string? Error, string? Response)
{
    public bool IsSuccess => Error is null;

    /// <summary>The attempt as it is stored and returned.</summary>
    public string ToJson() => Encoding.UTF8.GetString(JsonOutput.Write(this, static (json, attempt) =>
    {
        json.WriteStartObject();
        json.WriteString("at", Rfc3339.Format(attempt.At));
        if (attempt.Code is { } code)
            json.WriteNumber("code", code);
        else
            json.WriteNull("code");
        json.WriteNumber("milliseconds", (long)attempt.Duration.TotalMilliseconds);
        json.WriteString("error", attempt.Error);
        json.WriteString("response", attempt.Response);
        json.WriteEndObject();
    }).Span);
}
