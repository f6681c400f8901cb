using System.Net.Mime;
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
        JsonOutput.MediaType, "application/yaml", MediaTypeNames.Text.Html, MediaTypeNames.Text.Css, MediaTypeNames.Text.JavaScript,
        MediaTypeNames.Image.Svg,
    ];

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
        static branch => branch.Use(VaryAsync).UseResponseCompression());

    /// <summary>The framework adds this only to responses to clients that accept compression.</summary>
    private static Task VaryAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        return next(context);
    }
}
