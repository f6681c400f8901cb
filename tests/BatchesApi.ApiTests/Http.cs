using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ApiTests;

/// <summary>Helpers for requests and responses.</summary>
internal static partial class Http
{
    /// <summary>The address of active batches.</summary>
    public const string Batches = "/api/v2/batches";

    /// <summary>The address of the search by body.</summary>
    public const string Search = $"{Batches}/search";

    /// <summary>The address of deleted batches.</summary>
    public const string Deleted = $"{Batches}/deleted";

    /// <summary>The address of groups.</summary>
    public const string Groups = $"{Batches}/groups";

    private static readonly string[] ProblemMembers = ["type", "title", "detail", "code", "traceId"];

    /// <summary>The JSON of a batch with a code and optional members.</summary>
    public static string Batch(string code = "B-1", string more = "") =>
        $$"""{"batchCode":{{JsonSerializer.Serialize(code)}},"batchType":"renewal"{{(more.Length > 0 ? "," : "")}}{{more}}}""";

    /// <summary>A batch's id.</summary>
    public static string Id(this JsonNode batch) => (string)batch["id"]!;

    /// <summary>Sends a request.</summary>
    /// <param name="client">The client.</param>
    /// <param name="method">The method.</param>
    /// <param name="address">The address including the query.</param>
    /// <param name="body">The body, or null for none.</param>
    /// <param name="contentType">The media type of the body, or null for none.</param>
    /// <param name="headers">Additional headers.</param>
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client,
        string method,
        string address,
        string? body = null,
        string? contentType = "application/json",
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (contentType is not null)
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Returns the JSON of a response after checking its status.</summary>
    public static async Task<JsonObject> JsonAsync(this Task<HttpResponseMessage> sending, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await sending;
        return await response.JsonAsync(expected);
    }

    /// <inheritdoc cref="JsonAsync(Task{HttpResponseMessage}, HttpStatusCode)"/>
    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK) =>
        JsonNode.Parse(await response.TextAsync(expected))!.AsObject();

    /// <summary>Counts the responses to concurrent requests by status.</summary>
    public static async Task<IReadOnlyDictionary<int, int>> StatusesAsync(this IEnumerable<Task<HttpResponseMessage>> sending)
    {
        var responses = await Task.WhenAll(sending);
        foreach (var response in responses)
            response.Dispose();
        return responses.CountBy(response => (int)response.StatusCode).ToDictionary();
    }

    /// <summary>Repeats a request, a few at a time, and counts the responses by status.</summary>
    public static async Task<IReadOnlyDictionary<int, int>> RepeatAsync(this HttpClient client, int times, string address)
    {
        var statuses = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, times),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (_, _) =>
            {
                using var response = await client.SendAsync("GET", address);
                statuses.Add((int)response.StatusCode);
            });
        return statuses.CountBy(status => status).ToDictionary();
    }

    /// <summary>Returns the problem of a response after checking its status and code.</summary>
    public static async Task<JsonObject> ProblemAsync(this Task<HttpResponseMessage> sending, HttpStatusCode status, string code)
    {
        using var response = await sending;
        return await response.ProblemAsync(status, code);
    }

    /// <inheritdoc cref="ProblemAsync(Task{HttpResponseMessage}, HttpStatusCode, string)"/>
    public static async Task<JsonObject> ProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var problem = response.Problem(await response.TextAsync(status));
        Assert.Equal(code, (string?)problem["code"]);
        return problem;
    }

    /// <summary>Parses a problem after checking that it has every specified member.</summary>
    public static JsonObject Problem(this HttpResponseMessage response, string text)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal((int)response.StatusCode, (int?)problem["status"]);
        Assert.Equal(
            Uri.UnescapeDataString(response.RequestMessage!.RequestUri!.AbsolutePath),
            Uri.UnescapeDataString((string)problem["instance"]!));
        foreach (var member in ProblemMembers)
            Assert.False(string.IsNullOrEmpty((string?)problem[member]), $"'{member}' is missing in {text}");
        return problem;
    }

    /// <summary>Returns the validation errors of a response as lines <c>name: message</c>.</summary>
    public static async Task<string[]> ValidationErrorsAsync(this Task<HttpResponseMessage> sending, string code)
    {
        var problem = await sending.ProblemAsync(HttpStatusCode.BadRequest, code);
        return [.. problem["errors"]!.AsObject().SelectMany(error => error.Value!.AsArray().Select(message => $"{error.Key}: {message}"))];
    }

    /// <summary>Checks that a response has a status and no body.</summary>
    public static async Task EmptyAsync(this Task<HttpResponseMessage> sending, HttpStatusCode expected = HttpStatusCode.NoContent)
    {
        using var response = await sending;
        Assert.Equal("", await response.TextAsync(expected));
        Assert.Null(response.Content.Headers.ContentType);
    }

    /// <summary>Returns the JSON at an address.</summary>
    public static Task<JsonObject> GetJsonAsync(this HttpClient client, string address) => client.SendAsync("GET", address).JsonAsync();

    /// <summary>The records of a list.</summary>
    public static async Task<JsonArray> ListAsync(this HttpClient client, string address) =>
        (await client.GetJsonAsync(address))["data"]!.AsArray();

    /// <summary>The targets of the header <c>Link</c> by relation, in order.</summary>
    public static OrderedDictionary<string, string> Links(this HttpResponseMessage response) => new(
        Link().Matches(string.Join(", ", response.Headers.GetValues("Link")))
            .Select(link => KeyValuePair.Create(link.Groups["relation"].Value, link.Groups["target"].Value)));

    /// <summary>Creates a batch from a JSON body and returns it.</summary>
    public static Task<JsonObject> CreateAsync(this HttpClient client, string json) =>
        client.SendAsync("POST", Batches, json).JsonAsync(HttpStatusCode.Created);

    /// <summary>Creates a batch with a code and returns its id.</summary>
    public static async Task<string> CreateIdAsync(this HttpClient client, string code = "B-1") =>
        (await client.CreateAsync(Batch(code))).Id();

    /// <summary>Creates a batch with a code, deletes it and returns its id.</summary>
    public static async Task<string> CreateDeletedIdAsync(this HttpClient client, string code = "B-1")
    {
        var id = await client.CreateIdAsync(code);
        await client.SendAsync("DELETE", $"{Deleted}/{id}").EmptyAsync();
        return id;
    }

    /// <summary>Compares JSON exactly, including the order of members.</summary>
    public static void AssertSame(JsonNode? expected, JsonNode? actual) => Assert.Equal(expected?.ToJsonString(), actual?.ToJsonString());

    /// <summary>Returns the text of a response after checking its status.</summary>
    public static async Task<string> TextAsync(this HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} instead of {(int)expected}: {text}");
        return text;
    }

    [GeneratedRegex("<(?<target>[^>]+)>; rel=\"(?<relation>[a-z]+)\"")]
    private static partial Regex Link();
}
