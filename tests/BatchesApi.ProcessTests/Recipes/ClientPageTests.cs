namespace BatchesApi.ProcessTests.Recipes;

public sealed class ClientPageTests(Databases databases)
{
    [Fact]
    public async Task The_Postman_collection_runs_from_top_to_bottom()
    {
        var (connectionString, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", connectionString));

        var output = await ClientPage.RunAsync("postman", server.Address.ToString(), key);

        Assert.Matches("""assertions │ +[1-9][0-9]+ │ +0 │""", output);
    }

    [Fact]
    public void Every_block_of_a_page_is_code_that_runs()
    {
        var pages = Directory.GetDirectories(ClientPage.Folder).Select(folder => Path.Combine(folder, "README.md")).ToList();
        Assert.Equal(8, pages.Count);
        foreach (var page in pages)
        {
            var sources = Directory.GetFiles(Path.GetDirectoryName(page)!).Where(file => file != page).Select(File.ReadAllText).ToList();
            var blocks = ClientPage.Blocks().Matches(File.ReadAllText(page)).ToList();
            Assert.Single(blocks, ClientPage.IsCommand);
            Assert.All(
                blocks.Where(block => !ClientPage.IsCommand(block)),
                block => Assert.True(
                    sources.Any(source => source.Contains(block.Groups[2].Value, StringComparison.Ordinal)),
                    $"{page} has a block that is not in a file beside it:\n{block.Value}"));
        }
        Assert.Empty(ClientPage.Blocks().Matches(File.ReadAllText(Path.Combine(ClientPage.Folder, "README.md"))));
    }
}
