using System.Globalization;
using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Leases;

/// <summary>Reads the bodies of claims and extensions of leases (specification, section 8.5).</summary>
internal static class LeaseRequestReader
{
    private const string Where = ObjectBodyReader.Where;
    private const string SortBy = "sortBy";
    private const string Order = "order";
    private const string Limit = "limit";
    private const string For = "for";
    private const string Set = ObjectBodyReader.Set;
    private const string Token = "token";

    private const string ClaimExample = """{"where":{"assignee":null},"limit":10,"for":"15m"}""";
    private const string ExtensionExample = """{"token":"…","for":"15m"}""";

    private static readonly string[] ClaimMembers = [Where, SortBy, Order, Limit, For, Set];
    private static readonly string[] ExtensionMembers = [Token, For];

    /// <param name="reader">Reads the fields to set.</param>
    /// <param name="body">The body.</param>
    public static Result<ClaimRequest> ReadClaim(BatchRequestReader reader, RequestBody body)
    {
        return ObjectBodyReader.Read(body, ClaimMembers, ClaimExample, Create);

        ClaimRequest? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var where = members.TryGetValue(Where, out var filter) && ObjectBodyReader.ReadWhere(filter, errors) is { } conditions
                ? FilterPlanner.Plan([conditions], errors)
                : Condition.Always;
            var order = SortParameters.Parse(ReadText(members, SortBy, errors), ReadText(members, Order, errors), deleted: false, errors);
            var limit = members.TryGetValue(Limit, out var count) ? ReadLimit(count, errors) : 1;
            var duration = ReadDuration(members, errors);
            var set = members.TryGetValue(Set, out var values) ? ObjectBodyReader.ReadSet(reader, values, errors) : null;
            return errors.HasErrors ? null : new ClaimRequest(where, order, limit, duration, set);
        }
    }

    /// <param name="body">The body.</param>
    public static Result<ExtensionRequest> ReadExtension(RequestBody body)
    {
        return ObjectBodyReader.Read(body, ExtensionMembers, ExtensionExample, Create);

        static ExtensionRequest? Create(Dictionary<string, JsonElement> members, ValidationErrors errors)
        {
            var token = ReadText(members, Token, errors)?.Value;
            if (token is null && !errors.Has(Token))
                errors.Add(Token, "is required: the token from the response to the claim.");
            var duration = ReadDuration(members, errors);
            return errors.HasErrors ? null : new ExtensionRequest(token!, duration);
        }
    }

    private static int ReadLimit(JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind == JsonValueKind.Number
            && JsonInteger.Parse(json.GetRawText()) is >= 1 and <= ClaimRequest.MaxLimit and var number)
        {
            return (int)number;
        }
        errors.Add(Limit, $"must be a whole number from 1 to {ClaimRequest.MaxLimit}, but is {ObjectBodyReader.Describe(json)}.");
        return 1;
    }

    private static TimeSpan ReadDuration(Dictionary<string, JsonElement> members, ValidationErrors errors)
    {
        if (!members.TryGetValue(For, out var json))
            return BatchLease.DefaultDuration;
        if (json.ValueKind == JsonValueKind.String
            && Duration.Parse(JsonText.Get(json), BatchLease.MaxDuration) is { } duration && duration >= BatchLease.MinDuration)
        {
            return duration;
        }
        errors.Add(For, string.Create(
            CultureInfo.InvariantCulture,
            $"must be a duration from {BatchLease.MinDuration.TotalSeconds}s to {BatchLease.MaxDuration.TotalHours}h, such as 15m ")
            + $"(units: s, m, h, d), but is {ObjectBodyReader.Quote(json)}.");
        return BatchLease.DefaultDuration;
    }

    private static QueryParameter? ReadText(Dictionary<string, JsonElement> members, string name, ValidationErrors errors)
    {
        if (!members.TryGetValue(name, out var json))
            return null;
        if (json.ValueKind == JsonValueKind.String)
            return new QueryParameter(name, JsonText.Get(json));
        errors.Add(name, $"must be a string, but is {ObjectBodyReader.Describe(json)}.");
        return null;
    }
}
