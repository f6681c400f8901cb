using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace BatchesApi.ApiTests.Addresses;

/// <summary>Tests of the address that links have (specification, section 7.6).</summary>
public abstract partial class AddressTest(ApiServer server)
{
    protected Task<WebApplication> StartAsync(params (string Name, string Value)[] settings) =>
        ApiServer.StartAsync(server.ConnectionString, settings);

    /// <summary>Returns every address in responses to requests below a path: <c>Location</c>, <c>Link</c>, the type of a problem, the
    /// server of the OpenAPI document, and links of pages.</summary>
    /// <param name="app">The server.</param>
    /// <param name="prefix">The path before the paths of the server.</param>
    /// <param name="headers">Headers of each request.</param>
    protected async Task<Addresses> ReadAsync(WebApplication app, string prefix, params string[] headers)
    {
        var address = new Uri(app.Urls.First());
        string[] authorized = [.. headers, $"Authorization: Bearer {(await server.CreateKeyAsync()).Secret}"];
        string[] json = [.. authorized, "Content-Type: application/json"];
        var (created, _) = await RawHttp.SendBodyAsync(address, $"POST {prefix}{Http.Batches}", Http.Batch("B-1"), json);
        await RawHttp.SendBodyAsync(address, $"POST {prefix}{Http.Batches}", Http.Batch("B-2"), json);
        var (listed, _) = await RawHttp.SendAsync(address, $"GET {prefix}{Http.Batches}?limit=1", authorized);
        var (_, refused) = await RawHttp.SendAsync(address, $"GET {prefix}{Http.Batches}", headers);
        var problem = JsonNode.Parse(refused)!;
        var (_, document) = await RawHttp.SendAsync(address, $"GET {prefix}/swagger/v2/swagger.json", headers);
        var (_, page) = await RawHttp.SendAsync(address, $"GET {prefix}/", headers);
        return new Addresses(
            Location().Match(created).Groups[1].Value,
            [.. Target().Matches(Link().Match(listed).Value).Select(match => match.Groups[1].Value)],
            (string)problem["type"]!,
            (string)problem["instance"]!,
            (string)JsonNode.Parse(document)!["servers"]![0]!["url"]!,
            page);
    }

    /// <summary>Checks that all addresses begin with a URL, and those without a host with its path.</summary>
    protected static void AssertBelow(string url, Addresses addresses)
    {
        var path = new Uri(url).AbsolutePath.TrimEnd('/');
        Assert.StartsWith($"{url}{Http.Batches}/", addresses.Location, StringComparison.Ordinal);
        Assert.Equal(3, addresses.Links.Count);
        Assert.All(addresses.Links, link => Assert.StartsWith($"{url}{Http.Batches}?", link, StringComparison.Ordinal));
        Assert.Equal($"{url}/problems/unauthenticated", addresses.ProblemType);
        Assert.Equal($"{path}{Http.Batches}", addresses.Instance);
        Assert.Equal(url, addresses.Document);
        Assert.Contains($"{url}{Http.Batches}?limit=5", addresses.Page, StringComparison.Ordinal);
        Assert.All(
            PageLink().Matches(addresses.Page).Select(match => match.Groups[1].Value).Where(link => link[0] != '#'),
            link => Assert.StartsWith($"{path}/", link, StringComparison.Ordinal));
    }

    /// <summary>The addresses in responses.</summary>
    protected sealed record Addresses(
        string Location, IReadOnlyList<string> Links, string ProblemType, string Instance, string Document, string Page);

    [GeneratedRegex("^Location: (.*?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Location();

    [GeneratedRegex("^Link: (.*)$", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("<([^>]+)>")]
    private static partial Regex Target();

    [GeneratedRegex("(?:href|src)=\"([^\"]*)\"")]
    private static partial Regex PageLink();
}
