using BatchesApi.OpenApi;

namespace BatchesApi.Pages;

/// <summary>The introduction at the root of the server.</summary>
internal static class HomePage
{
    public static string Write() =>
        Resource.Read("pages/home.md").Replace(Introduction.Address, Page.Server, StringComparison.Ordinal);
}
