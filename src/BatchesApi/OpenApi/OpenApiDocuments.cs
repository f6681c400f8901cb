using System.Collections.Concurrent;
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

    private readonly ConcurrentDictionary<(OpenApiSpecVersion Version, bool IsJson), AddressedText> _texts = new();

    /// <summary>Writes the document in the format of the route value <c>extension</c>.</summary>
    public async Task WriteAsync(HttpContext context, OpenApiSpecVersion version)
    {
        var key = (version, IsJson: context.GetRouteValue("extension") is "json");
        if (!_texts.TryGetValue(key, out var text))
            text = _texts.GetOrAdd(key, await CreateAsync(version, key.IsJson));
        await text.ExecuteAsync(context);
    }

    private async Task<AddressedText> CreateAsync(OpenApiSpecVersion version, bool isJson)
    {
        await using var scope = scopes.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredService<IAsyncSwaggerProvider>().GetSwaggerAsync(OpenApiSetup.Name);
        var text = await document.SerializeAsync(version, isJson ? OpenApiConstants.Json : OpenApiConstants.Yaml);

        // The library writes the latest patch version, which parsers with a list of versions refuse.
        text = PatchVersion().Replace(text, version == OpenApiSpecVersion.OpenApi3_0 ? "3.0.3" : "3.1.0", count: 1);
        return new AddressedText(isJson ? "application/json; charset=utf-8" : "application/yaml; charset=utf-8", text, Fill);
    }

    private static string Fill(string text, HttpRequest request)
    {
        // This order: the address of the request may contain that of the examples.
        var address = JsonEncodedText.Encode(AbsoluteUrl.Create(request, PathString.Empty)).Value;
        return text
            .Replace(Introduction.Address, address, StringComparison.Ordinal)
            .Replace(ServerPlaceholder, address.Length > 0 ? address : "/", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"3\.[01]\.\d+")]
    private static partial Regex PatchVersion();
}
