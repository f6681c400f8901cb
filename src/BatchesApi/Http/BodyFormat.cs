using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>The formats of bodies that the server reads (specification, section 4).</summary>
internal enum BodyFormat
{
    /// <summary>JSON, or a form that is labelled as JSON.</summary>
    Json,

    /// <summary><c>application/x-www-form-urlencoded</c>, or JSON that is labelled as a form.</summary>
    Form,
}

/// <summary>The media types of bodies.</summary>
internal static class BodyFormats
{
    public const string FormMediaType = "application/x-www-form-urlencoded";

    /// <summary>The media type of merge patches (RFC 7396), one of <c>application/*+json</c>.</summary>
    public const string MergePatchMediaType = "application/merge-patch+json";

    /// <summary>The supported values of <c>Content-Type</c>, for messages.</summary>
    public const string Supported = $"application/json, application/*+json or {FormMediaType}, in UTF-8";

    /// <summary>The format of a <c>Content-Type</c>, JSON if there is no header; null if the media type is not supported.</summary>
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
