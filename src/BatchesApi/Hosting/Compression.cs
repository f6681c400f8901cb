using System.Net.Mime;
using BatchesApi.Http;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>Compresses the responses of routes with <see cref="CompressionMetadata"/> with br or gzip (specification, section 5.3), at the
/// framework's default level, the fastest.</summary>
internal static class Compression
{
    /// <summary>The media types of lists and documents. Problems are short and stay as they are.</summary>
    private static readonly string[] MediaTypes =
        [JsonOutput.MediaType, "application/yaml", "text/yaml", MediaTypeNames.Text.Html, MediaTypeNames.Text.Plain];

    public static IServiceCollection AddCompression(this IServiceCollection services) => services.AddResponseCompression(options =>
    {
        options.MimeTypes = MediaTypes;

        // BREACH needs a secret in the body, and a browser that authenticates requests of other sites. Bodies have no secrets of the
        // connection, and browsers do not send bearer tokens by themselves.
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
