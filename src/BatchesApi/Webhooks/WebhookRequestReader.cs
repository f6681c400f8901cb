using System.Globalization;
using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Webhooks;

/// <summary>Reads the bodies of creates and changes of webhooks.</summary>
internal static class WebhookRequestReader
{
    public const string Url = "url";
    public const string Events = "events";
    public const string Where = ObjectBodyReader.Where;
    public const string Active = "active";

    /// <summary>Maximum number of characters of a value that a message quotes.</summary>
    private const int MaxQuotedLength = 64;

    private const string CreateExample = """{"url":"https://example.com/hooks"}""";
    private const string ChangeExample = """{"active":true}""";

    private static readonly string[] Members = [Url, Events, Where, Active];

    public static Result<WebhookRequest> ReadCreate(RequestBody body) => Read(body, isChange: false);

    /// <summary>Reads a change, in which null removes the condition.</summary>
    public static Result<WebhookRequest> ReadChange(RequestBody body) => Read(body, isChange: true);

    private static Result<WebhookRequest> Read(RequestBody body, bool isChange)
    {
        return ObjectBodyReader.Read(body, Members, isChange ? ChangeExample : CreateExample, Create, keepNulls: isChange);

        WebhookRequest? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var url = members.TryGetValue(Url, out var address) ? ReadUrl(address, errors) : null;
            if (!isChange && !members.ContainsKey(Url) && !errors.Has(Url))
                errors.Add(Url, "is required: the URL that the server calls, such as https://example.com/hooks.");
            var events = members.TryGetValue(Events, out var types) ? ReadEvents(types, errors) : null;
            var hasWhere = members.TryGetValue(Where, out var filter);
            var where = hasWhere && filter.ValueKind != JsonValueKind.Null ? ReadWhere(filter, errors) : null;
            var active = members.TryGetValue(Active, out var isActive) ? ReadActive(isActive, errors) : null;
            return errors.HasErrors ? null : new WebhookRequest(url, events, hasWhere, where, active);
        }
    }

    private static string? ReadUrl(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.String)
        {
            errors.Add(Url, $"must be a URL as a string, but is {ObjectBodyReader.Describe(json)}.");
            return null;
        }
        var text = JsonText.Get(json);
        if (FindUrlError(text) is { } error)
            errors.Add(Url, error);
        return text;
    }

    private static string? FindUrlError(string text)
    {
        if (text.Length > WebhookRequest.MaxUrlLength)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"must have at most {WebhookRequest.MaxUrlLength:N0} characters, but has {text.Length:N0}.");
        }
        if (!PostgresText.IsStorable(text))
            return PostgresText.Unstorable;

        // .NET accepts and removes white space, and takes a backslash for a slash.
        if (text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\\')
            || !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https")
            || !text.StartsWith($"{url.Scheme}://", StringComparison.OrdinalIgnoreCase)
            || url.Host.Length == 0)
        {
            return $"must be an absolute URL with http or https, such as https://example.com/hooks, but is "
                + $"'{Utf16.Shorten(text, MaxQuotedLength)}'.";
        }
        var authority = text[(url.Scheme.Length + "://".Length)..].Split('/', '?', '#')[0];
        if (authority.Contains('@', StringComparison.Ordinal))
            return "must not contain a user name or password. The receiver recognizes requests by their signatures.";
        return text.Contains('#', StringComparison.Ordinal) ? "must not have a fragment ('#')." : null;
    }

    private static string[]? ReadEvents(JsonElement json, ValidationErrors errors)
    {
        var names = string.Join(", ", WebhookEvents.All);
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            var actual = json.ValueKind == JsonValueKind.Array ? "is empty" : $"is {ObjectBodyReader.Describe(json)}";
            errors.Add(Events, $"must be an array with at least one of {names}, but {actual}.");
            return null;
        }
        var events = new List<string>();
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            var name = item.ValueKind == JsonValueKind.String ? JsonText.Get(item) : null;
            var position = i.ToString(CultureInfo.InvariantCulture);
            if (name is null)
                errors.Add(Events, $"item {position} must be a string, but is {ObjectBodyReader.Describe(item)}.");
            else if (!WebhookEvents.All.Contains(name))
                errors.Add(Events, $"'{Utf16.Shorten(name, MaxQuotedLength)}' is not an event. Events: {names}.");
            else if (events.Contains(name))
                errors.Add(Events, $"must not contain '{name}' more than once.");
            else
                events.Add(name);
            if (errors.IsFull)
                break;
        }
        return [.. WebhookEvents.All.Where(events.Contains)];
    }

    private static string? ReadWhere(JsonElement json, ValidationErrors errors)
    {
        var whereErrors = new ValidationErrors();
        if (ObjectBodyReader.ReadWhere(json, whereErrors) is { } filter)
        {
            var condition = FilterPlanner.Plan([filter], whereErrors);
            if (!whereErrors.HasErrors && WebhookFilter.DependsOnCaller(condition))
                whereErrors.Add(Where, "must not contain $me: the server sends the events, so there is no caller. Use the value itself.");
        }
        foreach (var (name, messages) in whereErrors)
        {
            foreach (var message in messages)
                errors.Add(name, message);
        }
        return json.GetRawText();
    }

    private static bool? ReadActive(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return json.GetBoolean();
        errors.Add(Active, $"must be true or false, but is {ObjectBodyReader.Describe(json)}.");
        return null;
    }
}
