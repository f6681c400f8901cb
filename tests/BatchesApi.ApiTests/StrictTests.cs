using System.Net;
using BatchesApi.ApiTests.Bulk;

namespace BatchesApi.ApiTests;

/// <summary>The setting <c>Requests:Strict</c>: unknown names are errors or ignored (specification, section 3).</summary>
public sealed class StrictTests(ApiServer server)
{
    [Fact]
    public async Task A_lenient_server_ignores_only_unknown_names()
    {
        await using var lenient = await ApiServer.StartAsync(server.ConnectionString, ("Requests:Strict", "false"));
        using var client = await server.CreateClientAsync();
        using var lenientClient = new HttpClient { BaseAddress = new Uri(lenient.Urls.First()) };
        lenientClient.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
        var body = Http.Batch(more: "\"colour\":\"red\",\"Rating\":{\"deep\":[1]},\"rating\":3");

        await client.SendAsync("POST", $"{Http.Batches}?colour=red", body).ValidationErrorsAsync("invalid_parameter");
        await client.SendAsync("POST", Http.Batches, body).ValidationErrorsAsync("invalid_body");
        var batch = await lenientClient.SendAsync("POST", $"{Http.Batches}?colour=red", body).JsonAsync(HttpStatusCode.Created);
        var address = $"{Http.Batches}/{batch.Id()}";

        Assert.Equal(3, (int?)batch["rating"]);
        Assert.False(batch.ContainsKey("colour"));
        await lenientClient.SendAsync("PATCH", address, "colour=red&rating=4", "application/x-www-form-urlencoded").JsonAsync();
        Assert.Equal(4, (int?)Assert.Single(await lenientClient.ListAsync($"{Http.Batches}?colour=red&colour=blue&limit=1"))!["rating"]);
        Assert.Empty(await lenientClient.ListAsync($"{Http.Batches}?p[rating]=3&q[x]=1"));
        await lenientClient.SendAsync("GET", $"{Http.Batches}?p[colour]=red").ValidationErrorsAsync("invalid_parameter");
        await lenientClient.GetJsonAsync($"{address}?colour=red");
        Assert.Equal(
            ["rating: must be between 0 and 5, but is 6."],
            await lenientClient.SendAsync("PATCH", address, """{"x":1,"rating":6}""").ValidationErrorsAsync("invalid_body"));
        await lenientClient.SendAsync("PATCH", address, """{"x":1,"x":1}""").ValidationErrorsAsync("invalid_body");
        await lenientClient.SendAsync("GET", $"{Http.Batches}?x=1&limit=0").ValidationErrorsAsync("invalid_parameter");
        await lenientClient.SendAsync("GET", $"{Http.Batches}?fields=colour").ValidationErrorsAsync("invalid_parameter");
        await lenientClient.SendAsync("GET", $"{Http.Batches}?limit=1&Limit=1").ValidationErrorsAsync("invalid_parameter");

        // Ignoring a misspelled member would change batches that the client did not mean.
        await lenientClient.BulkAsync("delete", """{"where":{"rating":4},"dry":true}""").ValidationErrorsAsync("invalid_body");
        await lenientClient.SendAsync("POST", $"{Http.Batches}/claim", """{"were":{"rating":1}}""").ValidationErrorsAsync("invalid_body");
    }
}
