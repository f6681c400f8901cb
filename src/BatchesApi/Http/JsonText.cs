using System.Text.Json;

namespace BatchesApi.Http;

/// <summary>Strings and names in JSON. System.Text.Json throws for those that escape half of a surrogate pair.</summary>
internal static class JsonText
{
    private const string Replacement = "\uFFFD";

    /// <summary>The string; null if it escapes half of a surrogate pair.</summary>
    public static string? Decode(JsonElement json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The string, or U+FFFD if it escapes half of a surrogate pair.</summary>
    public static string Get(JsonElement json) => Decode(json) ?? Replacement;

    /// <summary>The name of a member, or U+FFFD if it escapes half of a surrogate pair: nothing has such a name.</summary>
    public static string GetName(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return Replacement;
        }
    }
}
