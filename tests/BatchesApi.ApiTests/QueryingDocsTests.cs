using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.ApiTests.Docs;
using BatchesApi.Lists;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.ApiTests;

/// <summary>Runs every example of <c>docs/querying.md</c>, as <see cref="QueryingPage"/> finds them.</summary>
public sealed class QueryingDocsTests(DocumentedServer server) : IClassFixture<DocumentedServer>
{
    private const string DocumentedAddress = "https://batches.example.com";

    private static readonly QueryingPage Page = QueryingPage.Instance;

    public static TheoryData<int> Scripts => [.. Page.Scripts.Select(script => script.Line)];

    public static TheoryData<int, string> Requests =>
        [.. Page.Requests.Select(request => new TheoryDataRow<int, string>(request.Line, request.Text))];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_of_the_page_prints_the_documented_output(int line)
    {
        var (_, script, kind, stated) = Page.Scripts.Single(script => script.Line == line);
        Assert.SkipWhen(script.Contains("jq ", StringComparison.Ordinal) && !HasJq, "There is no jq on this machine.");
        await using var blocked = stated.Contains("list_timeout", StringComparison.Ordinal) ? await server.Server.LockBatchesAsync() : null;
        var address = server.Server.Address.ToString().TrimEnd('/');
        var (printed, succeeded) = await server.RunAsync(script);

        Assert.True(succeeded != stated.Contains("\"status\": ", StringComparison.Ordinal), printed);
        switch (kind)
        {
            case "json":
                var differences = DocumentedJson.Differences(
                    JsonNode.Parse(stated.Replace(DocumentedAddress, address, StringComparison.Ordinal)), JsonNode.Parse(printed)).ToList();
                Assert.True(differences.Count == 0, $"Differences:\n{string.Join('\n', differences)}\n\nThe full response:\n{printed}");
                break;
            case "http":
                Assert.Empty(
                    stated.Replace(DocumentedAddress, address, StringComparison.Ordinal).Split('\n')
                    .Except(printed.Split("\r\n")));
                break;
            case "text":
                Assert.Equal(stated, printed.TrimEnd('\n'));
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_of_the_page_gets_the_documented_response(int line, string text)
    {
        var (_, _, address, finds, errors) = Page.Requests.First(request => request.Line == line && request.Text == text);
        using var response = await server.Client.SendAsync("GET", address);
        if (errors is null)
        {
            var page = await response.JsonAsync();
            if (finds is not null)
                Assert.Equal(finds, await CodesAsync(page, address));
        }
        else
        {
            var problem = await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
            var actual = problem["errors"]!.AsObject()
                .SelectMany(error => error.Value!.AsArray().Select(message => $"{error.Key}: {message}")).ToList();
            Assert.True(
                errors.Count == actual.Count && errors.Zip(actual).All(pair => Matches(pair.First, pair.Second)),
                $"The errors are{string.Concat(actual.Select(error => $"\n{error}"))}");
        }
    }

    [Fact]
    public void The_page_has_an_example_of_every_feature()
    {
        Assert.True(Page.Scripts.Count >= 6, "The page has too few scripts.");
        Assert.True(Page.Scripts.Count(script => script.Kind is not null) >= 6, "The page has too few responses.");
        Assert.True(Page.Requests.Count(request => request.Finds is not null) >= 40, "The page has too few requests that find records.");
        Assert.True(Page.Requests.Count(request => request.Errors is not null) >= 30, "The page has too few requests that are rejected.");

        // Every line that looks like an example is one.
        Assert.Equal(
            Page.Lines.Count(
                line => line.Contains("curl ", StringComparison.Ordinal) && line.Contains("$SERVER", StringComparison.Ordinal)),
            Page.Scripts.Sum(script => Regex.Count(script.Script, "curl ")));

        var used = Page.Requests.SelectMany(
            request => QueryHelpers.ParseQuery(request.Address[request.Address.IndexOf('?', StringComparison.Ordinal)..]).Keys);
        Assert.Empty(ListRequest.Names.Except(used, StringComparer.OrdinalIgnoreCase));
        Assert.Equal(
            ListRequest.Names.Order(),
            Page.GetRows("parameter").SelectMany(row => Regex.Matches(row["parameter"], "\\w+").Select(name => name.Value)).Order());
    }

    /// <summary>The codes of the records of a page, even if the page omits them.</summary>
    private async Task<IEnumerable<string?>> CodesAsync(JsonObject page, string address)
    {
        var codes = new List<string?>();
        foreach (var record in page["data"]!.AsArray())
        {
            var batch = record!["batchCode"] is null
                ? await server.Client.GetJsonAsync($"{address.Split('?')[0]}/{record.Id()}")
                : record;
            codes.Add((string?)batch["batchCode"]);
        }
        return codes;
    }

    private static bool Matches(string stated, string actual) =>
        Regex.IsMatch(
            actual, $"^{string.Join(".*", stated.Split('…').Select(part => Regex.Escape(part.Trim())))}$", RegexOptions.Singleline)
        || stated == actual;

    private static bool HasJq { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "jq")));
}
