using BatchesApi.Pages;

namespace BatchesApi.Tests.Pages;

public sealed class GuideTests
{
    [Theory]
    [InlineData("docs/README.md", "/docs")]
    [InlineData("docs/errors.md", "/docs/errors")]
    [InlineData("docs/security.md", "/docs/security")]
    [InlineData("docs/decisions/README.md", "/docs/decisions")]
    [InlineData("docs/decisions/0003-text-order.md", "/docs/decisions/0003-text-order")]
    [InlineData("CHANGELOG.md", "/docs/changelog")]
    [InlineData("SECURITY.md", "/docs/security-policy")]
    [InlineData("CONTRIBUTING.md", "/docs/contributing")]
    [InlineData("clients/README.md", "/docs/clients")]
    [InlineData("clients/csharp/README.md", "/docs/clients/csharp")]
    public void A_guide_has_a_path(string source, string path) =>
        Assert.Equal(path, Guide.All.Single(guide => guide.Source == source).Path);

    [Fact]
    public void Texts_of_other_pages_are_not_guides() => Assert.DoesNotContain(
        Guide.All, guide => guide.Source.Contains("home.md", StringComparison.Ordinal));

    [Fact]
    public void Paths_are_unique() => Assert.Distinct(Guide.All.Select(guide => guide.Path), StringComparer.OrdinalIgnoreCase);

    [Theory]
    [InlineData("docs/querying.md", "errors.md", "/docs/errors")]
    [InlineData("docs/querying.md", "errors.md#codes", "/docs/errors#codes")]
    [InlineData("docs/decisions/README.md", "0003-text-order.md", "/docs/decisions/0003-text-order")]
    [InlineData("docs/decisions/0005-indexes.md", "../performance.md", "/docs/performance")]
    [InlineData("docs/security.md", "../SECURITY.md", "/docs/security-policy")]
    [InlineData("CHANGELOG.md", "docs/specification.md", "/docs/specification")]
    [InlineData("docs/specification.md", "openapi.json", "/swagger/v2/swagger.json")]
    [InlineData("clients/python/README.md", "../README.md", "/docs/clients")]
    [InlineData("clients/README.md", "curl/README.md", "/docs/clients/curl")]
    [InlineData("docs/README.md", "/swagger", "/swagger")]
    public void A_link_to_a_file_leads_to_its_page(string source, string link, string expected) =>
        Assert.Equal($"{Page.PathBase}{expected}", Guide.ResolveLink(source, link));

    [Theory]
    [InlineData("#codes")]
    [InlineData("https://example.com/docs/errors.md")]
    [InlineData("mailto:amy@example.com")]
    public void A_link_to_an_anchor_or_another_server_is_kept(string link) => Assert.Equal(link, Guide.ResolveLink("docs/errors.md", link));

    [Theory]
    [InlineData("../src/BatchesApi/Program.cs")]
    [InlineData("nothing.md")]
    [InlineData("../README.md")]
    public void A_link_to_a_file_without_a_page_is_dropped(string link) => Assert.Null(Guide.ResolveLink("docs/errors.md", link));
}
