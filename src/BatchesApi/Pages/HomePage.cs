using BatchesApi.OpenApi;

namespace BatchesApi.Pages;

/// <summary>The introduction at the root of the server.</summary>
internal static class HomePage
{
    public const string Source = "home.md";

    public static string Write() =>
        Resource.Read(Source).Replace(Introduction.Address, Page.Server, StringComparison.Ordinal);
}
