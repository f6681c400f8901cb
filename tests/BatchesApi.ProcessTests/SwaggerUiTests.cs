using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace BatchesApi.ProcessTests;

public sealed class SwaggerUiTests(Databases databases)
{
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    [Fact]
    public async Task Operations_can_be_authorized_and_tried_in_a_browser()
    {
        if (FindBrowser() is not { } browserPath)
        {
            Assert.Skip($"This test needs Chromium: {string.Join(", ", Programs)} are not on the PATH.");
            return;
        }
        var (connectionString, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", connectionString));

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = browserPath,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
        Assertions.SetDefaultExpectTimeout(30_000);
        var page = await browser.NewPageAsync();

        // The console also reports violations of the content security policy.
        var messages = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                messages.Add(message.Text);
        };
        page.PageError += (_, error) => messages.Add(error);
        page.RequestFailed += (_, request) => messages.Add($"{request.Url} {request.Failure}");

        await page.GotoAsync(new Uri(server.Address, "swagger").ToString());
        Assert.Equal("Batches API", await page.TitleAsync());
        await AuthorizeAsync(page, key);
        await AssertErrorsAreFoldedAsync(page);

        Assert.Equal("201", await ExecuteAsync(page, "createBatch"));
        Assert.Equal("200", await ExecuteAsync(page, "listBatches"));
        await Operation(page, "listBatches").Locator(".opblock-summary-control").ClickAsync();
        var body = await Operation(page, "listBatches")
            .Locator(".live-responses-table .response-col_description pre").First.InnerTextAsync();
        await Operation(page, "listBatches").Locator(".opblock-summary-control").ClickAsync();
        Assert.Contains("B-2026-001", body, StringComparison.Ordinal);
        Assert.Equal("200", await ExecuteAsync(page, "searchBatches"));

        var id = Regex.Match(body, "\"id\": \"([0-9a-f]{24})\"").Groups[1].Value;
        foreach (var operation in (string[])
            ["retrieveBatch", "updateBatch", "updateBatchSoft", "deleteBatch", "listDeletedBatches", "retrieveDeletedBatch",
                "restoreBatch"])
        {
            Assert.Equal(operation == "deleteBatch" ? "204" : "200", await ExecuteAsync(page, operation, id));
        }

        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".auth-wrapper .authorize.locked")).ToBeVisibleAsync();
        Assert.Empty(messages);
    }

    /// <summary>Opens the operation with the most parameters.</summary>
    private static async Task AssertErrorsAreFoldedAsync(IPage page)
    {
        var list = Operation(page, "listBatches");
        await list.Locator(".opblock-summary-control").ClickAsync();
        await Assertions.Expect(list.Locator("[data-param-name=page] input")).ToHaveValueAsync("");
        var errors = list.Locator(".folded > summary");
        await Assertions.Expect(errors).ToHaveTextAsync("Errors: 400, 401, 406, 429, 500, 503");
        Assert.InRange((await list.BoundingBoxAsync())!.Height, 0, 4_000);

        await errors.PressAsync("Enter");
        await list.Locator(".folded .folded > summary").GetByText("401 unauthenticated, invalid_token").PressAsync("Space");
        await Assertions.Expect(list.Locator(".folded .folded[open] .response")).ToHaveCountAsync(1);
        await Assertions.Expect(list.Locator(".folded .folded[open]")).ToContainTextAsync("A credential is required.");

        // A phone shows it without scrolling sideways.
        await page.SetViewportSizeAsync(390, 844);
        Assert.Equal(390, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await page.SetViewportSizeAsync(1_280, 720);
        await list.Locator(".opblock-summary-control").ClickAsync();
    }

    private static async Task AuthorizeAsync(IPage page, string key)
    {
        await page.Locator(".auth-wrapper .authorize").ClickAsync();
        var dialog = page.Locator(".modal-ux");
        await dialog.Locator("input").FillAsync(key);
        await dialog.Locator("button.authorize").ClickAsync();
        await dialog.Locator(".btn-done").ClickAsync();
    }

    /// <summary>Opens an operation, tries it with the values that Swagger UI fills in, and closes it, because every open operation slows
    /// the page.</summary>
    /// <returns>The status of the response.</returns>
    private static async Task<string> ExecuteAsync(IPage page, string operationId, string? id = null)
    {
        var operation = Operation(page, operationId);
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.Locator(".try-out__btn").ClickAsync();
        var parameter = operation.Locator("[data-param-name=id] input");
        if (id is not null && await parameter.CountAsync() > 0)
            await parameter.FillAsync(id);
        await operation.Locator(".execute").ClickAsync();
        var status = await operation.Locator(".live-responses-table .response-col_status").Nth(1).InnerTextAsync();
        await operation.Locator(".opblock-summary-control").ClickAsync();
        return status.Trim()[..3];
    }

    private static ILocator Operation(IPage page, string operationId) => page.Locator($"#operations-Batches-{operationId}");

    private static string? FindBrowser() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Programs, Path.Combine)
        .FirstOrDefault(File.Exists);
}
