using System.Net;
using System.Text;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Bodies and addresses that no honest client sends to the bulk routes: the response is always a problem.</summary>
public sealed class HostileBulkTests(ApiServer server) : AccountTest(server)
{
    private const string Bulk = $"{Http.Batches}/bulk";

    private static readonly string[] Selections = ["update", "delete", "restore"];

    /// <summary>A valid body, whose parts are replaced in turn.</summary>
    private static readonly string[] Parts =
    [
        "{", "\"ids\":", "[", "\"63a5b84c53e1218321c55572\"", "]", ",\"expect\":", "1", ",\"dryRun\":", "true",
        ",\"set\":", "{", "\"assignee\":", "\"amy\"", ",\"leadIds\":", "{", "\"add\":", "[", "\"x\"", "]", ",\"remove\":", "[\"y\"]",
        "}", "}", "}",
    ];

    private static readonly string[] Replacements =
    [
        "", "null", "true", "0", "-1", "1.5", "1e999", "-1e-999", "123456789012345678901234567890", "\"\"", "\"x\"", "\"\\u0000\"",
        "\"\\ud800\"", "[]", "[[]]", "[null]", "[1]", "[\"\\u0000\",\"\\udfff\"]", "{}", "{\"\\u0000\":1}", "{\"\\ud800\":{}}",
        "{\"a\":1,\"a\":2}", "\"\\x\"", "NaN", "'x'", ",", "}", "]", "\u0000",
    ];

    [Fact]
    public async Task A_body_with_one_part_replaced_never_fails_the_server()
    {
        var requests = from i in Enumerable.Range(0, Parts.Length)
                       from replacement in Replacements
                       select string.Concat(Parts.Index().Select(part => part.Index == i ? replacement : part.Item));
        await AssertProblemsAsync(requests.Distinct().Select(body => ($"{Bulk}/update", body)));
    }

    [Fact]
    public async Task A_condition_with_one_part_replaced_never_fails_the_server()
    {
        string[] parts =
        [
            "{\"where\":", "{", "\"assignee\":", "{", "\"$in\":", "[", "\"amy\"", "]", "}",
            ",\"$or\":", "[", "{\"rating\":", "4", "}", "]", "}",
            ",\"q\":", "\"red\"", ",\"dryRun\":true}",
        ];
        var requests = from i in Enumerable.Range(0, parts.Length)
                       from replacement in Replacements
                       select string.Concat(parts.Index().Select(part => part.Index == i ? replacement : part.Item));
        await AssertProblemsAsync(requests.Distinct().Select(body => ($"{Bulk}/delete", body)), isSuccessPossible: true);
    }

    [Fact]
    public async Task An_array_with_one_part_replaced_never_fails_the_server()
    {
        string[] parts = ["[", "{", "\"batchCode\":", "\"B-1\"", ",\"leadIds\":", "[", "\"x\"", "]", ",\"rating\":", "9", "}", "]"];
        var requests = from i in Enumerable.Range(0, parts.Length)
                       from replacement in Replacements
                       select string.Concat(parts.Index().Select(part => part.Index == i ? replacement : part.Item));
        await AssertProblemsAsync(requests.Distinct().Select(body => ($"{Bulk}/create?onConflict=update", body)));
    }

    [Fact]
    public async Task Invalid_selections_are_named()
    {
        foreach (var (members, code) in ((string, string)[])
            [
                ("\"ids\":[]", "invalid_body"), ("\"ids\":null", "invalid_body"), ("\"ids\":[1]", "invalid_body"),
                ("\"ids\":\"63a5b84c53e1218321c55572\"", "invalid_body"), ("\"ids\":{}", "invalid_body"),
                ("\"ids\":[null]", "invalid_body"),
                ("\"ids\":[\"x\",\"\\u0000\",\"\\ud800\",\"\"]", "batch_not_found"),
                ($"\"ids\":{ModelFields.Write(Enumerable.Range(0, 10_001).Select(i => $"{i:x24}"))}", "invalid_body"),
                ($"\"ids\":{ModelFields.Write(Enumerable.Range(0, 10_000).Select(i => $"{i:x24}"))}", "batch_not_found"),
                ($"\"ids\":[{string.Join(',', Enumerable.Repeat("7", 400_000))}]", "invalid_body"),
                ("\"ids\":[\"63a5b84c53e1218321c55572\"],\"ids\":[\"63a5b84c53e1218321c55572\"]", "invalid_body"),
                ("\"ids\":[\"63a5b84c53e1218321c55572\"],\"where\":{\"rating\":1}", "invalid_body"),
                ("\"where\":{}", "invalid_body"), ("\"where\":{\"$and\":[{}]}", "invalid_body"), ("\"where\":[]", "invalid_body"),
                ("\"where\":\"rating:1\"", "invalid_body"), ("\"where\":null", "invalid_body"), ("\"q\":\"red\"", "invalid_body"),
                ("\"where\":{\"ratng\":1}", "invalid_body"), ("\"where\":{\"rating\":{\"$gte\":null}}", "invalid_body"),
                ("\"where\":{\"notes\":\"\\u0000\"}", "invalid_body"), ("\"where\":{\"notes\":\"\\ud800\"}", "invalid_body"),
                ("\"where\":{\"rating\":1},\"q\":7", "invalid_body"),
                ($"\"where\":{{\"rating\":1}},\"q\":\"{new string('x', 201)}\"", "invalid_body"),
                ($"\"where\":{Nested(9)}", "invalid_body"),
                ("\"where\":{\"rating\":1},\"expect\":-1", "invalid_body"), ("\"where\":{\"rating\":1},\"expect\":1e999", "invalid_body"),
                ("\"where\":{\"rating\":1},\"expect\":\"1\"", "invalid_body"), ("\"where\":{\"rating\":1},\"expect\":1.5", "invalid_body"),
                ("\"where\":{\"rating\":1},\"expect\":2147483648", "count_differs"),
                ("\"where\":{\"rating\":1},\"dryRun\":\"true\"", "invalid_body"), ("\"where\":{\"rating\":1},\"dryRun\":1", "invalid_body"),
                ("\"where\":{\"rating\":1},\"expect\":1", "count_differs"), ("\"where\":{\"rating\":1},\"limit\":5", "invalid_body"),
                ("\"\\ud800\":1,\"where\":{\"rating\":1}", "invalid_body"),
            ])
        {
            foreach (var route in Selections)
            {
                await AssertProblemAsync(
                    $"{Bulk}/{route}", $"{{{members}{(route == "update" ? ",\"set\":{\"rating\":2}" : "")}}}", code);
            }
        }
    }

    [Fact]
    public async Task Invalid_sets_are_named()
    {
        foreach (var set in (string[])
            [
                "null", "[]", "7", "\"x\"", "{\"batchCode\":\"B-1\"}", "{\"ratng\":1}", "{\"rating\":6}", "{\"rating\":\"x\"}",
                "{\"rating\":1e999}",
                "{\"rating\":1,\"rating\":2}", "{\"notes\":\"\\u0000\"}", "{\"notes\":\"\\udc00\"}", "{\"batchType\":null}",
                "{\"leadIds\":{\"add\":null}}", "{\"leadIds\":{\"add\":\"x\"}}", "{\"leadIds\":{\"add\":[1]}}",
                "{\"leadIds\":{\"add\":[\"\"]}}", "{\"leadIds\":{\"add\":[\"\\u0000\"]}}", "{\"leadIds\":{\"add\":[\"\\ud800\"]}}",
                "{\"leadIds\":{\"add\":[\"x\"],\"add\":[\"y\"]}}", "{\"leadIds\":{\"add\":[\"x\"],\"remove\":[\"x\"]}}",
                "{\"leadIds\":{\"replace\":[\"x\"]}}", "{\"leadIds\":{\"\\ud800\":[\"x\"]}}", "{\"assignee\":{\"add\":[\"x\"]}}",
                $"{{\"leadIds\":{{\"add\":{ModelFields.Write(Enumerable.Range(0, 1_001).Select(i => $"{i}"))}}}}}",
                $"{{\"leadIds\":{{\"add\":[\"{new string('x', 65)}\"]}}}}",
            ])
        {
            await AssertProblemAsync($"{Bulk}/update", $"{{\"where\":{{\"rating\":1}},\"set\":{set}}}", "invalid_body");
        }
    }

    [Fact]
    public async Task Bodies_that_cannot_be_parsed_are_rejected_on_every_route()
    {
        var large = new string(' ', (1 << 20) + 1);
        foreach (var (body, mediaType, code) in ((string, string, string)[])
            [
                ("", "application/json", "malformed_body"), (" ", "application/json", "malformed_body"),
                ("null", "application/json", "malformed_body"), ("7", "application/json", "malformed_body"),
                ("\"x\"", "application/json", "malformed_body"), ("{", "application/json", "malformed_body"),
                ("{}{}", "application/json", "malformed_body"), ("{\"ids\":[],}", "application/json", "malformed_body"),
                ($"{{\"where\":{Nested(64)},\"set\":{{}}}}", "application/json", "invalid_body|malformed_body"),
                ($"{{\"where\":{Nested(5_000)}}}", "application/json", "invalid_body|malformed_body"),
                (new string('[', 100_000), "application/json", "malformed_body"),
                (new string('{', 100_000), "application/json", "malformed_body"),
                ("ids=63a5b84c53e1218321c55572&dryRun=true", "application/x-www-form-urlencoded", "unsupported_media_type"),
                ("{}", "text/plain", "unsupported_media_type"), ("{}", "multipart/form-data; boundary=x", "unsupported_media_type"),
                ("[{\"op\":\"remove\",\"path\":\"/notes\"}]", "application/json-patch+json", "unsupported_media_type"),
                ($"{{\"ids\":[\"x\"]}}{large}", "application/json", "body_too_large"),
                ("{\"q\":\"\u0000\"}", "application/json", "malformed_body"),
            ])
        {
            foreach (var route in (string[])["create", .. Selections])
                await AssertProblemAsync($"{Bulk}/{route}", body, code, mediaType);
        }
        foreach (var route in (string[])["create", .. Selections])
        {
            using var content = new ByteArrayContent([(byte)'[', (byte)'"', 0xFF, 0xC0, (byte)'"', (byte)']']);
            content.Headers.ContentType = new("application/json");
            await Client.PostAsync(new Uri($"{Bulk}/{route}", UriKind.Relative), content, TestContext.Current.CancellationToken)
                .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
        }
    }

    [Fact]
    public async Task Wrong_addresses_methods_and_parameters_are_rejected_on_every_route()
    {
        foreach (var route in (string[])["create", "update", "delete", "restore", $"{TestRoutes.UnknownId}/undo"])
        {
            foreach (var method in (string[])["GET", "PUT", "PATCH", "DELETE"])
            {
                var problem = await Client.SendAsync(method, $"{Bulk}/{route}", method == "GET" ? null : "{}")
                    .ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
                Assert.NotNull(problem["detail"]);
            }
            await Client.SendAsync("POST", $"{Bulk}/{route}?limit=5", "[]").ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        }
        foreach (var changeId in (string[])
            [
                "x", "0", "%ED%A0%80", "%F0%9F%98%80", new string('a', 24), new string('A', 24), new string('a', 2_000),
                "63A5B84C53E1218321C55572",
            ])
        {
            await Client.SendAsync("POST", $"{Bulk}/{changeId}/undo").ProblemAsync(HttpStatusCode.NotFound, "change_not_found");
        }
        await AssertProblemAsync($"{Bulk}/{TestRoutes.UnknownId}/undo", "{}", "unsupported_media_type", "text/plain");
        await AssertProblemAsync($"{Bulk}/{TestRoutes.UnknownId}/undo", new string(' ', (1 << 20) + 1), "body_too_large");
    }

    private static string Nested(int depth) => new StringBuilder()
        .Insert(0, "{\"$and\":[", depth).Append("{\"rating\":1}").Insert("{\"$and\":[".Length * depth + 12, "]}", depth).ToString();

    /// <summary>Sends bodies, a few at a time, and checks that each response is a problem of a client.</summary>
    private async Task AssertProblemsAsync(IEnumerable<(string Address, string Body)> requests, bool isSuccessPossible = false) =>
        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (request, cancellation) =>
            {
                using var response = await Client.SendAsync("POST", request.Address, request.Body);
                var text = await response.Content.ReadAsStringAsync(cancellation);
                Assert.True(
                    (int)response.StatusCode is >= 400 and < 500 || (isSuccessPossible && response.StatusCode == HttpStatusCode.OK),
                    $"{(int)response.StatusCode} for {request.Body}: {text}");
                if (!response.IsSuccessStatusCode)
                    response.Problem(text);
            });

    private async Task AssertProblemAsync(string address, string body, string code, string mediaType = "application/json")
    {
        using var response = await Client.SendAsync("POST", address, body, mediaType);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode is >= 400 and < 500, $"{(int)response.StatusCode} for {address} {Shorten(body)}: {text}");
        var found = (string)response.Problem(text)["code"]!;
        Assert.True(code.Split('|').Contains(found), $"{found} instead of {code} for {address} {Shorten(body)}: {Shorten(text)}");

        static string Shorten(string text) => text.Length <= 500 ? text : text[..500];
    }
}
