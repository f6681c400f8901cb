using BatchesApi.Domain;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>The formats of bodies that the server reads (specification, section 4).</summary>
internal enum BodyFormat
{
    /// <summary>JSON, or a form that is labelled as JSON.</summary>
    Json,

    /// <summary><c>application/x-www-form-urlencoded</c>, or JSON that is labelled as a form.</summary>
    Form,

    /// <summary><c>text/csv</c>, which only a create of several batches takes.</summary>
    Csv,
}

/// <summary>The formats of bodies that an operation takes. Each takes JSON, also if it is labelled as a form.</summary>
internal enum AcceptedFormats
{
    JsonOrForm,
    Json,
    JsonOrCsv,
}

/// <summary>The media types of bodies.</summary>
internal static class BodyFormats
{
    public const string FormMediaType = "application/x-www-form-urlencoded";

    /// <summary>The media type of merge patches (RFC 7396), one of <c>application/*+json</c>.</summary>
    public const string MergePatchMediaType = "application/merge-patch+json";

    /// <summary>The media type of JSON Patch (RFC 6902), which is not supported: it is not a merge patch.</summary>
    private const string JsonPatchMediaType = "application/json-patch+json";

    /// <summary>What to send instead of a JSON Patch.</summary>
    public const string JsonPatch =
        "JSON Patch is not supported. To change a batch, send PATCH with a merge patch as application/json: the fields to set, such as "
        + "{\"rating\":4,\"notes\":null}, with null to clear one.";

    private const int MaxQuotedLength = 100;

    /// <summary>The supported values of <c>charset</c>: <c>utf8</c> is a common misspelling, and ASCII is part of UTF-8.</summary>
    private static readonly string[] Charsets = ["utf-8", "utf8", "us-ascii"];

    /// <summary>The format of a <c>Content-Type</c>, JSON if there is no header; null if the media type is not supported.</summary>
    /// <param name="contentType">The header.</param>
    /// <param name="accepted">What the operation takes.</param>
    public static BodyFormat? FromContentType(string? contentType, AcceptedFormats accepted = AcceptedFormats.JsonOrForm)
    {
        if (string.IsNullOrEmpty(contentType))
            return BodyFormat.Json;
        if (!MediaTypeHeaderValue.TryParse(contentType, out var media) || !IsUtf8(media))
            return null;
        if (media.MediaType.Equals(FormMediaType, StringComparison.OrdinalIgnoreCase))
            return BodyFormat.Form;
        if (accepted == AcceptedFormats.JsonOrCsv && media.MediaType.Equals(BatchCsv.MediaType, StringComparison.OrdinalIgnoreCase))
            return BodyFormat.Csv;
        return IsJson(media) ? BodyFormat.Json : null;
    }

    /// <summary>Describes why a <c>Content-Type</c> is not supported, and what to send instead.</summary>
    /// <inheritdoc cref="FromContentType" path="/param"/>
    public static string DescribeUnsupported(string contentType, AcceptedFormats accepted = AcceptedFormats.JsonOrForm)
    {
        var supported = accepted switch
        {
            AcceptedFormats.Json => "application/json or application/*+json, in UTF-8",
            AcceptedFormats.JsonOrCsv => $"application/json, application/*+json or {BatchCsv.MediaType}, in UTF-8",
            _ => $"application/json, application/*+json or {FormMediaType}, in UTF-8",
        };
        var prefix = $"Content-Type '{Utf16.Shorten(contentType, MaxQuotedLength)}' is not supported.";
        if (!MediaTypeHeaderValue.TryParse(contentType, out var media))
            return $"{prefix} It is malformed or has several values. Send {supported}.";
        var name = media.MediaType.ToString().ToLowerInvariant();
        if (name == JsonPatchMediaType)
            return JsonPatch;
        if (media.Charset.HasValue && !IsUtf8(media))
            return $"{prefix} Encode the body as UTF-8. Send {supported}.";
        return name switch
        {
            "multipart/form-data" => $"{prefix} There are no files to upload. Send {supported}.",
            "text/plain" or "text/json" or "application/octet-stream" =>
                $"{prefix} If the body is JSON, send it with 'Content-Type: application/json'.",
            BatchCsv.MediaType => $"{prefix} CSV creates several batches: send it to POST /api/v2/batches/bulk/create.",
            "application/vnd.ms-excel" or "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" =>
                $"{prefix} Save the sheet as CSV UTF-8, and send that to POST /api/v2/batches/bulk/create as {BatchCsv.MediaType}.",
            "application/xml" or "text/xml" => $"{prefix} XML is not supported. Send JSON as application/json.",
            _ => $"{prefix} Send {supported}.",
        };
    }

    private static bool IsJson(MediaTypeHeaderValue media) =>
        media.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
        && (media.SubTypeWithoutSuffix.Equals("json", StringComparison.OrdinalIgnoreCase) && !media.Suffix.HasValue
            || media.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && !media.MediaType.Equals(JsonPatchMediaType, StringComparison.OrdinalIgnoreCase);

    private static bool IsUtf8(MediaTypeHeaderValue media) =>
        !media.Charset.HasValue
        || Charsets.Contains(HeaderUtilities.RemoveQuotes(media.Charset).ToString(), StringComparer.OrdinalIgnoreCase);
}
