using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchesApi.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace BatchesApi.OpenApi;

/// <summary>Serves the OpenAPI document as OpenAPI 3.1 and 3.0, as JSON and YAML (specification, section 7.5). Each text is created once.
/// Only the address of the server depends on the request.</summary>
internal sealed partial class OpenApiDocuments(IServiceScopeFactory scopes)
{
    /// <summary>The URL of the server in the texts. It cannot be <see cref="Introduction.Address"/>: without a <c>Host</c> that address is
    /// left out of URLs, but the URL of a server must not be empty.</summary>
    public const string ServerPlaceholder = "https://server.invalid";

    /// <summary>The names of the documents without their extensions.</summary>
    public static readonly (string Name, OpenApiSpecVersion Version)[] Names =
        [("swagger", OpenApiSpecVersion.OpenApi3_1), ("openapi-3.0", OpenApiSpecVersion.OpenApi3_0)];

    private readonly ConcurrentDictionary<(OpenApiSpecVersion Version, string Format), Task<string>> _texts = new();

    /// <summary>Writes the document in the format of the route value <c>extension</c>.</summary>
    public async Task WriteAsync(HttpContext context, OpenApiSpecVersion version)
    {
        var isJson = context.GetRouteValue("extension") is "json";
        var text = await _texts.GetOrAdd((version, isJson ? OpenApiConstants.Json : OpenApiConstants.Yaml), CreateAsync);
        var address = JsonEncodedText.Encode(AbsoluteUrl.Create(context.Request, PathString.Empty)).Value;
        var bytes = Encoding.UTF8.GetBytes(text
            .Replace(ServerPlaceholder, address.Length > 0 ? address : "/", StringComparison.Ordinal)
            .Replace(Introduction.Address, address, StringComparison.Ordinal));
        context.Response.ContentType = isJson ? "application/json; charset=utf-8" : "application/yaml; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private async Task<string> CreateAsync((OpenApiSpecVersion Version, string Format) key)
    {
        await using var scope = scopes.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredService<IAsyncSwaggerProvider>().GetSwaggerAsync(OpenApiSetup.Name);
        var text = await document.SerializeAsync(key.Version, key.Format);

        // The library writes the latest patch version, which parsers with a list of versions refuse.
        return PatchVersion().Replace(text, key.Version == OpenApiSpecVersion.OpenApi3_0 ? "3.0.3" : "3.1.0", count: 1);
    }

    [GeneratedRegex(@"3\.[01]\.\d+")]
    private static partial Regex PatchVersion();
}
