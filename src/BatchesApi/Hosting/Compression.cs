using System.Net.Mime;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>Compresses the responses of routes with <see cref="CompressionMetadata"/> with br or gzip (specification, section 5.3), at the
/// framework's default level, the fastest.</summary>
internal static class Compression
{
    /// <summary>The media types of lists, documents and pages. Problems are short and stay as they are.</summary>
    private static readonly string[] MediaTypes =
    [
        JsonOutput.MediaType, BatchCsv.MediaType, "application/yaml", MediaTypeNames.Text.Html, MediaTypeNames.Text.Css,
        MediaTypeNames.Text.JavaScript, MediaTypeNames.Image.Svg,
    ];

    private static readonly string[] Codings = ["br", "gzip"];

    public static IServiceCollection AddCompression(this IServiceCollection services) => services.AddResponseCompression(options =>
    {
        options.MimeTypes = MediaTypes;

        // BREACH needs a secret in the body and a browser that authenticates cross-site requests. Bodies contain no secrets that a
        // connection reuses, and browsers do not send bearer tokens on their own.
        options.EnableForHttps = true;
    });

    /// <summary>Adds the middleware. Other routes pass without it: it would replace the body of every response.</summary>
    public static void UseCompression(this IApplicationBuilder app) => app.UseWhen(
        static context => context.GetEndpoint()?.Metadata.GetMetadata<CompressionMetadata>() is not null,
        static branch => branch.Use(PrepareAsync).UseResponseCompression());

    /// <summary>Sets <c>Vary</c>, which the framework adds only for clients that accept compression, and replaces <c>*</c>, which to the
    /// framework admits even the codings that the client excludes.</summary>
    private static Task PrepareAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var accepted = context.Request.Headers.AcceptEncoding;
        if (StringWithQualityHeaderValue.TryParseList(accepted, out var values) && values.Any(IsAny))
            context.Request.Headers.AcceptEncoding = ReplaceAny(values);
        return next(context);
    }

    /// <summary>Replaces <c>*</c> by the codings that are not named (RFC 9110, section 12.5.3).</summary>
    private static string ReplaceAny(IList<StringWithQualityHeaderValue> values)
    {
        var quality = values.First(IsAny).Quality ?? 1;
        var others = Codings.Where(coding => !values.Any(value => value.Value.Equals(coding, StringComparison.OrdinalIgnoreCase)));
        return string.Join(
            ", ", values.Where(value => !IsAny(value)).Concat(others.Select(coding => new StringWithQualityHeaderValue(coding, quality))));
    }

    private static bool IsAny(StringWithQualityHeaderValue value) => value.Value == "*";
}
