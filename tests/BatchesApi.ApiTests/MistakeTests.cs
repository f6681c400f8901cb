using System.Text.RegularExpressions;

namespace BatchesApi.ApiTests;

/// <summary>Typical mistakes, most of them habits from other APIs. Each error says what to do next, and a suggested parameter is valid and
/// keeps the meaning.</summary>
public sealed partial class MistakeTests(ApiServer server)
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Json = "application/json";

    /// <summary>Lists with parameters of other APIs, and the parameter to suggest.</summary>
    public static TheoryData<string, string> Queries => new()
    {
        { "per_page=50", "limit=50" },
        { "perPage=50", "limit=50" },
        { "pageSize=50", "limit=50" },
        { "page_size=50", "limit=50" },
        { "size=50", "limit=50" },
        { "$top=50", "limit=50" },
        { "top=50", "limit=50" },
        { "take=50", "limit=50" },
        { "max_results=50", "limit=50" },
        { "page[size]=50", "limit=50" },
        { "page[number]=2", "page=2" },
        { "pageNumber=2", "page=2" },
        { "offset=40", "page" },
        { "skip=40", "page" },
        { "$skip=40", "cursor" },
        { "after=abc", "cursor" },
        { "starting_after=abc", "cursor" },
        { "pageToken=abc", "cursor" },
        { "page_token=abc", "cursor" },
        { "search=amy", "q=amy" },
        { "query=amy", "q=amy" },
        { "keyword=amy", "q=amy" },
        { "$search=amy", "q=amy" },
        { "select=rating,assignee", "fields=rating,assignee" },
        { "$select=rating", "fields=rating" },
        { "sort=rating", "sortBy=rating" },
        { "sort=-rating", "sortBy=rating&order=desc" },
        { "sort_by=rating", "sortBy=rating" },
        { "orderBy=rating", "sortBy=rating" },
        { "order_by=rating", "sortBy=rating" },
        { "$orderby=rating", "sortBy=rating" },
        { "direction=asc", "order=asc" },
        { "dir=asc", "order=asc" },
        { "sortOrder=asc", "order=asc" },
        { "filter=assignee:amy", "fields" },
        { "where=x", "fields" },
        { "$filter=rating gt 3", "fields" },
        { "filter[assignee]=amy", "fields=assignee:amy" },
        { "assignee=amy", "fields=assignee:amy" },
        { "Assignee=amy", "fields=assignee:amy" },
        { "rating=4", "fields=rating:4" },
        { "dueDate=2026-12-01", "fields=dueDate:2026-12-01" },
        { "dueDate=2026-12-01T10:00:00Z", "fields=dueDate:\"2026-12-01T10:00:00Z\"" },
        { "manager=Smith, Amy", "fields=manager:\"Smith, Amy\"" },
        { "batchCode=B-1", "fields=batchCode:B-1" },
        { "leadIds=63a5b84c53e1218321c55001", "fields=leadIds:63a5b84c53e1218321c55001" },
        { "id=63a5b84c53e1218321c55001", "fields=id:63a5b84c53e1218321c55001" },
        { "include_total=true", "count" },
        { "$count=true", "count" },
        { "sortBy=rating:desc", "order" },
        { "sortBy=rating desc", "order" },
        { "sortBy=rating&order=down", "desc" },
        { "order=rating", "sortBy=rating" },
        { "sortBy=raitng", "'rating'" },
        { "sortBy=leadIds", "array" },
        { "sortBy=-rating&order=asc", "order" },
        { "fields=rating>3", "rating:gt:3" },
        { "fields=rating>=3", "rating:gte:3" },
        { "fields=rating<3", "rating:lt:3" },
        { "fields=rating<=3", "rating:lte:3" },
        { "fields=rating=3", "rating:3" },
        { "fields=rating!=3", "rating:ne:3" },
        { "fields=rating:>:3", "gt" },
        { "fields=assignee:like:am", "contains" },
        { "fields=assignee:equals:amy", "eq" },
        { "fields=-assignee:amy", "assignee:ne:amy" },
        { "fields=-notes,rating", "either" },
        { "fields=-id", "id" },
        { "fields={\"assignee\":\"amy\"}", "p={\"assignee\":\"amy\"}" },
        { "fields=leadIds:startsWith:63", "leadIds" },
        { "fields=asignee:amy", "'assignee'" },
        { "p=assignee:amy", "fields=assignee:amy" },
        { "p={'assignee':'amy'}", "double quotes" },
        { "p={assignee:\"amy\"}", "double quotes" },
        { "p={\"assignee\":\"amy\"", "{\"" },
        { "p={\"rating\":{\"gte\":4}}", "$gte" },
        { "p={\"assignee\":{\"$regex\":\"am\"}}", "$contains" },
        { "p={\"assignee\":{\"$regex\":\"^am\"}}", "$startsWith" },
        { "p={\"assignee\":{\"$like\":\"am%\"}}", "$startsWith" },
        { "p={\"leadIds\":{\"$contains\":\"x\"}}", "{\"leadIds\":\"x\"}" },
        { "p={\"rating\":\"4\"}", "integer" },
        { "p={\"Assignee\":\"amy\"}", "assignee" },
        { "p[rating][gte]=4", "$gte" },
        { "p={}&p[rating]=4", "p" },
        { "page=0", "1" },
        { "limit=0", "1" },
        { "limit=all", "1,000" },
        { "limit=5000", "nextCursor" },
        { "page=2&cursor=abc", "cursor" },
        { "count=true", "exact" },
        { "lmit=5", "limit" },
    };

    /// <summary>Other requests: method, path, body, media type, a header, the status and a part of the response.</summary>
    public static TheoryData<string, string, string?, string?, string?, int, string> Requests => new()
    {
        { "POST", "", """{"data":{"batchCode":"X","batchType":"t"}}""", Json, null, 400, "alone" },
        { "POST", "", """{"batches":[{"batchCode":"X","batchType":"t"}]}""", Json, null, 400, "array" },
        { "POST", "", """{"batch_code":"X","batchType":"t"}""", Json, null, 400, "batchCode" },
        { "POST", "", """{"batchCode":null,"batchType":"t"}""", Json, null, 400, "null" },
        { "POST", "", """{"batchCode":"X"}""", Json, null, 400, "batchType" },
        { "POST", "", "{'batchCode':'X','batchType':'t'}", Json, null, 400, "double quotes" },
        { "POST", "", """{"batchCode":"X","batchType":"t",}""", Json, null, 400, "comma" },
        { "POST", "", "", Json, null, 400, "batchCode" },
        { "POST", "", """{"batchCode":"B-1","batchType":"t"}""", Json, null, 409, "{id}" },
        { "POST", "", """{"batchCode":"X","batchType":"t","rating":"5 stars"}""", Json, null, 400, "0" },
        { "POST", "", """{"batchCode":"X","batchType":"t","dueDate":"12/01/2026"}""", Json, null, 400, "2026" },
        { "POST", "", """{"batchCode":"X","batchType":"t","leadIds":"a"}""", Json, null, 400, "array" },
        { "POST", "", "<batch/>", "application/xml", null, 415, "application/json" },
        { "POST", "", "x", "multipart/form-data; boundary=x", null, 415, "application/json" },
        { "POST", "", """leadIds=["a",&batchCode=X&batchType=t""", Form, null, 400, "JSON array" },
        { "PATCH", "/{id}", """[{"op":"replace","path":"/rating","value":4}]""", "application/json-patch+json", null, 415, "merge" },
        { "PATCH", "/{id}", """[{"op":"replace","path":"/rating","value":4}]""", Json, null, 400, "field" },
        { "PATCH", "/{id}", """{"rating":4}""", Json, "If-Match: W/\"1\"", 412, "weak" },
        { "PATCH", "/{id}", """{"rating":4}""", Json, "If-Match: 1", 400, "in double quotes" },
        { "PATCH", "/{id}", """{"rating":4}""", Json, "If-Match: \"7\"", 412, "\"1\"" },
        { "PATCH", "/{id}", """{"data":{"rating":4}}""", Json, null, 400, "such as {\"rating\":4}." },
        { "PATCH", "/{id}", "null", Json, null, 400, "such as {\"rating\":4}." },
        { "PUT", "/{id}", "[]", Json, null, 400, "such as {\"batchCode\"" },
        { "PUT", "/{id}", """[{"op":"replace","path":"/rating","value":4}]""", Json, null, 400, "send PATCH" },
        { "POST", "", "[]", "application/json-patch+json", null, 415, "send PATCH" },
        { "POST", "", "batchCode=\"R&D\"&batchType=t", Form, null, 400, "%26" },
        { "POST", "", "batchCode = \"x\" & batchType = \"t\"", Json, null, 400, "Remove the spaces around '='" },
        { "DELETE", "/{id}", null, null, null, 405, "/deleted/" },
        { "POST", "/{id}", """{"rating":4}""", Json, null, 405, "PATCH" },
        { "PUT", "", """{"rating":4}""", Json, null, 405, "/batches/{" },
        { "GET", "/deleted/{id}", null, null, null, 404, "id" },
        { "GET", "/{id}?fields=assignee:amy", null, null, null, 400, "names" },
        { "GET", "/not-an-id", null, null, null, 404, "id" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task An_error_for_a_mistaken_parameter_points_to_the_right_one(string query, string hint)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}?{Escape(query)}";

        var errors = string.Join('\n', await client.SendAsync("GET", address).ValidationErrorsAsync("invalid_parameter"));

        Assert.Contains(hint, errors, StringComparison.Ordinal);
        if (Parameter().IsMatch(hint))
            await client.GetJsonAsync($"{Http.Batches}?{Escape(hint)}");
        foreach (Match condition in Condition().Matches(hint))
            await client.GetJsonAsync($"{Http.Batches}?fields={Uri.EscapeDataString(condition.Value)}");
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_problem_of_a_mistaken_request_says_what_to_do(
        string method, string path, string? body, string? mediaType, string? header, int status, string expected)
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();
        var headers = header?.Split(": ") is [var name, var value] ? new[] { (name, value) } : [];

        using var response = await client.SendAsync(
            method, Http.Batches + path.Replace("{id}", id, StringComparison.Ordinal), body, mediaType, headers);
        var text = await response.TextAsync((System.Net.HttpStatusCode)status);

        var problem = response.Problem(text);
        var messages = $"{problem["detail"]}\n{problem["errors"]?.ToJsonString(Readable)}";
        Assert.Contains(expected.Replace("{id}", id, StringComparison.Ordinal), messages, StringComparison.Ordinal);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Readable =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Escapes the values of a query, as browsers and HTTP libraries do.</summary>
    private static string Escape(string query) => string.Join('&', query.Split('&').Select(parameter =>
    {
        var parts = parameter.Split('=', 2);
        return $"{Uri.EscapeDataString(parts[0])}={Uri.EscapeDataString(parts[1])}";
    }));

    [GeneratedRegex(@"^(limit|page|fields|p|q|sortBy|order|count|p\[\w+\])=")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^rating:\w+(:\d)?$|^assignee:\w+:\w+$")]
    private static partial Regex Condition();
}
