using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>Requests and answers in the words of the tests.</summary>
internal static class Http
{
    /// <summary>Where batches live.</summary>
    public const string Batches = "/api/v2/batches";

    /// <summary>Sends a request.</summary>
    /// <param name="client">Who sends it.</param>
    /// <param name="method">The method.</param>
    /// <param name="address">The address, query included.</param>
    /// <param name="body">The body; none where null.</param>
    /// <param name="contentType">Its media type; none is sent where null.</param>
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, string method, string address, string? body = null, string? contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (contentType is not null)
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The body of an answer that must have that status.</summary>
    public static async Task<JsonObject> JsonAsync(this Task<HttpResponseMessage> sending, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} instead of {(int)expected}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The problem in an answer, which must have that status and code and every member that the contract promises.</summary>
    public static async Task<JsonObject> ProblemAsync(this Task<HttpResponseMessage> sending, HttpStatusCode status, string code)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} instead of {(int)status}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(code, (string?)problem["code"]);
        Assert.Equal((int)status, (int?)problem["status"]);
        Assert.Equal(response.RequestMessage!.RequestUri!.AbsolutePath, (string?)problem["instance"]);
        foreach (var member in (string[])["type", "title", "detail", "traceId"])
            Assert.False(string.IsNullOrEmpty((string?)problem[member]), $"'{member}' is missing in {text}");
        return problem;
    }

    /// <summary>Creates a batch from a JSON body and gives it back.</summary>
    public static Task<JsonObject> CreateAsync(this HttpClient client, string json) =>
        client.SendAsync("POST", Batches, json).JsonAsync(HttpStatusCode.Created);

    /// <summary>Creates a batch with that code and gives back its id.</summary>
    public static async Task<string> CreateIdAsync(this HttpClient client, string code = "B-1") =>
        (string)(await client.CreateAsync($$"""{"batchCode":"{{code}}","batchType":"renewal"}"""))["id"]!;
}
