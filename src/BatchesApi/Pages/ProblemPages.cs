using System.Globalization;
using System.Text.Json;
using BatchesApi.Http;
using BatchesApi.OpenApi;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Pages;

/// <summary>The pages that explain the codes of problems, in Markdown: the catalogue, and the section of each code in
/// <c>docs/errors.md</c>.</summary>
internal static class ProblemPages
{
    public const string Source = "docs/errors.md";

    private static readonly JsonSerializerOptions Indented = new(JsonOutput.NodeOptions) { WriteIndented = true };

    public static string WriteIndex() =>
        $"""
        # Problems

        Every error response has a `code`. Select one to see what it means and what to do. [Errors](/docs/errors) describes the
        members of a response.

        | code | status | title |
        | --- | --- | --- |
        {string.Join('\n', ProblemCode.All.Select(code => string.Create(
            CultureInfo.InvariantCulture, $"| [`{code.Name}`]({code.Path}) | {code.Status} | {code.Title} |")))}
        """;

    public static string Write(ProblemCode code) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # {code.Title}

        Code `{code.Name}`, status {code.Status} {ReasonPhrases.GetReasonPhrase(code.Status)}.

        {ReadMeaning(code)}

        ## What to do

        {code.Remedy}

        ## Example

        ```json
        {WriteExample(code)}
        ```

        `detail`, `instance` and `traceId` differ in each response. [Errors](errors.md) describes the members, and
        [Problems]({ProblemCode.PagesPath}) lists all codes.
        """);

    /// <summary>The section of the code.</summary>
    private static string ReadMeaning(ProblemCode code)
    {
        var text = Resource.Read(Source).ReplaceLineEndings("\n");
        var heading = $"\n### {code.Name}\n";
        var start = text.IndexOf(heading, StringComparison.Ordinal) + heading.Length;
        var end = text.IndexOf("\n##", start, StringComparison.Ordinal);
        return text[start..(end < 0 ? text.Length : end)].Trim();
    }

    private static string WriteExample(ProblemCode code) =>
        ProblemExamples.Create([code])[code.Name].Value!.ToJsonString(Indented).ReplaceLineEndings("\n")
            .Replace(Introduction.Address, Page.Server, StringComparison.Ordinal);
}
