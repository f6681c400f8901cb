using System.Net;
using System.Text.RegularExpressions;
using BatchesApi.Pages;

namespace BatchesApi.ApiTests;

/// <summary>Pages for people (specification, section 7.5).</summary>
public sealed partial class PageRouteTests(ApiServer server)
{
    public static TheoryData<string> Paths => [.. PageRoutes.Paths];

    public static TheoryData<string> HtmlPaths => [.. PageRoutes.Paths.Where(path => !path.Contains('.', StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(HtmlPaths))]
    public async Task Every_link_and_anchor_of_a_page_leads_somewhere(string path)
    {
        using var client = server.CreateAnonymousClient();
        foreach (var url in FindLinks(await GetAsync(client, path)).Distinct())
        {
            if (url.Contains("://", StringComparison.Ordinal))
                continue;
            var (target, anchor) = url.Split('#') is [var before, var after] ? (before, after) : (url, "");
            var text = await GetAsync(client, target.Length == 0 ? path : target);
            Assert.True(
                anchor.Length == 0 || text.Contains($"id=\"{Uri.UnescapeDataString(anchor)}\"", StringComparison.Ordinal),
                $"{path} links to {url}, which does not exist.");
        }
    }

    [Theory]
    [MemberData(nameof(HtmlPaths))]
    public async Task A_page_is_accessible_and_loads_nothing_from_elsewhere(string path)
    {
        using var client = server.CreateAnonymousClient();
        var page = await GetAsync(client, path);

        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">\n", page, StringComparison.Ordinal);
        Assert.Matches("<title>[^<]+</title>", page);
        Assert.Single(MainElement().Matches(page));
        Assert.DoesNotMatch("<script| style=| on[a-z]+=|<style|__[A-Z]|{[a-z]+}</|javascript:", Code().Replace(page, ""));
        Assert.All(
            Regex.Matches(page, "(?:src|<link [^>]*href)=\"([^\"]*)\"").Select(match => match.Groups[1].Value),
            url => Assert.StartsWith("/", url, StringComparison.Ordinal));

        var levels = Heading().Matches(MainElement().Match(page).Value).Select(match => match.Groups[1].Value[0] - '0').ToList();
        Assert.Equal(1, levels[0]);
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.InRange(pair.Second, 2, pair.First + 1));
        Assert.Distinct(Regex.Matches(page, " id=\"([^\"]*)\"").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public async Task Every_page_is_reachable_from_the_root()
    {
        using var client = server.CreateAnonymousClient();
        var (found, next) = (new HashSet<string> { "/", "/favicon.ico" }, new Queue<string>(["/"]));
        while (next.TryDequeue(out var path))
        {
            foreach (var url in FindLinks(await GetAsync(client, path)).Select(url => url.Split('#')[0]))
            {
                if (PageRoutes.Paths.Contains(url) && found.Add(url) && !url.Contains('.', StringComparison.Ordinal))
                    next.Enqueue(url);
            }
        }
        Assert.Equal(PageRoutes.Paths.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_has_security_headers_and_can_be_revalidated(string path)
    {
        using var client = server.CreateAnonymousClient();
        using var get = await client.SendAsync("GET", path);
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            get.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("DENY", get.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", get.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("no-cache, private", get.Headers.CacheControl!.ToString());

        using var head = await client.SendAsync("HEAD", path);
        Assert.Equal(
            (HttpStatusCode.OK, get.Content.Headers.ContentLength, get.Headers.ETag),
            (head.StatusCode, head.Content.Headers.ContentLength, head.Headers.ETag));

        await client.SendAsync("GET", path, headers: ("If-None-Match", get.Headers.ETag!.ToString()))
            .EmptyAsync(HttpStatusCode.NotModified);
        await client.SendAsync("POST", path).ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("*/*")]
    [InlineData("text/html")]
    public async Task A_page_is_HTML_whatever_the_client_accepts(string accept)
    {
        using var client = server.CreateAnonymousClient();
        using var response = await client.SendAsync("GET", "/problems/batch_code_taken", headers: ("Accept", accept));
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
    }

    [Theory]
    [InlineData("/docs/nothing")]
    [InlineData("/docs/decisions/nothing")]
    [InlineData("/docs/errors.md")]
    [InlineData("/docs/..%2F..%2Fhome.md")]
    [InlineData("/problems/nothing")]
    [InlineData("/problems/batch_code_taken/more")]
    [InlineData("/layout.html")]
    [InlineData("/docs/home")]
    public async Task An_unknown_page_is_404(string path)
    {
        using var client = server.CreateAnonymousClient();
        await client.SendAsync("GET", path).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    [Theory]
    [InlineData("/docs/")]
    [InlineData("/Docs/Querying/")]
    [InlineData("/problems/")]
    [InlineData("/PROBLEMS/BATCH_CODE_TAKEN")]
    public async Task The_path_of_a_page_is_case_insensitive_and_may_end_with_a_slash(string path)
    {
        using var client = server.CreateAnonymousClient();
        Assert.Contains("<h1", await GetAsync(client, path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_type_of_a_problem_is_the_URL_of_its_page()
    {
        using var client = server.CreateAnonymousClient();
        var problem = await client.SendAsync("GET", Http.Batches).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        var type = (string)problem["type"]!;
        Assert.Equal(new Uri(server.Address, "/problems/unauthenticated").ToString(), type);
        var page = await GetAsync(client, type);
        Assert.Contains("<code>unauthenticated</code>", page, StringComparison.Ordinal);
        Assert.Contains($"&quot;type&quot;: &quot;{type}&quot;", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_has_a_request_to_the_address_of_the_server()
    {
        using var client = server.CreateAnonymousClient();
        Assert.Contains($"'{server.Address}api/v2/batches?limit=5'", await GetAsync(client, "/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_can_be_disabled_by_a_setting()
    {
        await using var app = await ApiServer.StartAsync(server.ConnectionString, ("Swagger:Enabled", "false"));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        foreach (var path in PageRoutes.Paths)
        {
            var problem = await client.SendAsync("GET", path).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
            Assert.Equal(new Uri(client.BaseAddress, "/problems/route_not_found").ToString(), (string?)problem["type"]);
        }
    }

    private static async Task<string> GetAsync(HttpClient client, string address)
    {
        using var response = await client.SendAsync("GET", address);
        return await response.TextAsync(HttpStatusCode.OK);
    }

    private static IEnumerable<string> FindLinks(string page) =>
        Link().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value));

    [GeneratedRegex("(?:href|src)=\"([^\"]*)\"")]
    private static partial Regex Link();

    [GeneratedRegex("<main.*?</main>", RegexOptions.Singleline)]
    private static partial Regex MainElement();

    [GeneratedRegex("<h([1-6])")]
    private static partial Regex Heading();

    [GeneratedRegex("<code.*?</code>", RegexOptions.Singleline)]
    private static partial Regex Code();
}
