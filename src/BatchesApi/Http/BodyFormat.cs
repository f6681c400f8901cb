using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>The forms of body that the server reads (specification, section 4).</summary>
internal enum BodyFormat
{
    /// <summary>JSON; a body so labelled that is a form all the same is read as one.</summary>
    Json,

    /// <summary><c>application/x-www-form-urlencoded</c>.</summary>
    Form,
}

/// <summary>Tells the format of a body by its media type.</summary>
internal static class BodyFormats
{
    /// <summary>The media type of forms.</summary>
    public const string FormMediaType = "application/x-www-form-urlencoded";

    /// <summary>The media type of merge patches (RFC 7396), one of the <c>application/*+json</c>.</summary>
    public const string MergePatchMediaType = "application/merge-patch+json";

    /// <summary>What may stand in <c>Content-Type</c>, for messages.</summary>
    public const string Supported = $"application/json, application/*+json or {FormMediaType}, in UTF-8";

    /// <summary>The format of a <c>Content-Type</c>; null where the server does not read it. Without one the body is tried as JSON.</summary>
    public static BodyFormat? FromContentType(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
            return BodyFormat.Json;
        if (!MediaTypeHeaderValue.TryParse(contentType, out var media) || !IsUtf8(media))
            return null;
        if (media.MediaType.Equals(FormMediaType, StringComparison.OrdinalIgnoreCase))
            return BodyFormat.Form;
        var isJson = media.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
            && (media.SubTypeWithoutSuffix.Equals("json", StringComparison.OrdinalIgnoreCase) && !media.Suffix.HasValue
                || media.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));
        return isJson ? BodyFormat.Json : null;
    }

    private static bool IsUtf8(MediaTypeHeaderValue media) =>
        !media.Charset.HasValue
        || HeaderUtilities.RemoveQuotes(media.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
        || HeaderUtilities.RemoveQuotes(media.Charset).Equals("us-ascii", StringComparison.OrdinalIgnoreCase);
}
