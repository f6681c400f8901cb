using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>Bodies as <c>application/x-www-form-urlencoded</c> (specification, section 4).</summary>
public sealed class FormTests(ApiServer server)
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData("batchCode=123", "batchCode", "\"123\"")]
    [InlineData("batchCode=\"B-2\"", "batchCode", "\"B-2\"")]
    [InlineData("batchCode=%22B%5Cu002D2%22", "batchCode", "\"B-2\"")]
    [InlineData("batchCode=\"B-2", "batchCode", "\"\\u0022B-2\"")]
    [InlineData("batchCode=+B+2%2B", "batchCode", "\" B 2\\u002B\"")]
    [InlineData("batch%43ode=B%262", "batchCode", "\"B\\u00262\"")]
    [InlineData("manager=null", "manager", "null")]
    [InlineData("manager=\"null\"", "manager", "\"null\"")]
    [InlineData("manager=", "manager", "\"\"")]
    [InlineData("manager", "manager", "\"\"")]
    [InlineData("manager=true", "manager", "\"true\"")]
    [InlineData("manager=a=b", "manager", "\"a=b\"")]
    [InlineData("manager=50%", "manager", "\"50%\"")]
    [InlineData("manager=%zz", "manager", "\"%zz\"")]
    [InlineData("notes=[\"a\",\"b\"]", "notes", "\"[\\u0022a\\u0022,\\u0022b\\u0022]\"")]
    [InlineData("notes=%F0%9F%98%80%0D%0A", "notes", "\"\\uD83D\\uDE00\\r\\n\"")]
    [InlineData("dueDate=2026-12-01", "dueDate", "\"2026-12-01T00:00:00Z\"")]
    [InlineData("dueDate=\"2026-12-01\"", "dueDate", "\"2026-12-01T00:00:00Z\"")]
    [InlineData("dueDate=2026-12-01T05:30:00+05:30", "dueDate", "\"2026-12-01T00:00:00Z\"")]
    [InlineData("dueDate=null", "dueDate", "null")]
    [InlineData("rating=4", "rating", "4")]
    [InlineData("rating=\"4\"", "rating", "4")]
    [InlineData("rating=null", "rating", "null")]
    [InlineData("repeated=true", "repeated", "true")]
    [InlineData("repeated=\"true\"", "repeated", "true")]
    [InlineData("repeated=null", "repeated", "false")]
    [InlineData("leadIds=[\"a\",\"b\"]", "leadIds", "[\"a\",\"b\"]")]
    [InlineData("leadIds= [\"a\"]", "leadIds", "[\"a\"]")]
    [InlineData("leadIds=[]", "leadIds", "[]")]
    [InlineData("leadIds=null", "leadIds", "[]")]
    [InlineData("leadIds=a", "leadIds", "[\"a\"]")]
    [InlineData("leadIds=\"a\"", "leadIds", "[\"a\"]")]
    [InlineData("leadIds=b&leadIds=a", "leadIds", "[\"b\",\"a\"]")]
    [InlineData("leadIds[]=b&leadIds[]=a", "leadIds", "[\"b\",\"a\"]")]
    [InlineData("leadIds%5B%5D=a", "leadIds", "[\"a\"]")]
    [InlineData("&&leadIds=a&", "leadIds", "[\"a\"]")]
    [InlineData("version=9&id=x&rating=1", "rating", "1")]
    public async Task Form_values_are_parsed_by_the_type_of_their_field(string pairs, string field, string expected)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";

        var updated = await client.SendAsync("PATCH", address, pairs, Form).JsonAsync();

        Assert.Equal(JsonNode.Parse(expected)?.ToJsonString(), updated[field]?.ToJsonString());
        Http.AssertSame(updated, await client.GetJsonAsync(address));
    }

    [Theory]
    [InlineData("manager=a&manager=b", "manager: must not be given more than once.")]
    [InlineData("rating=4&rating=4", "rating: must not be given more than once.")]
    [InlineData("rating=four", "rating: must be a whole number from 0 to 5 or null, but is 'four'.")]
    [InlineData(
        "rating=", "rating: must be a whole number from 0 to 5 or null, but is empty. Send rating=null for no value.")]
    [InlineData("rating=\"null\"", "rating: must be a whole number from 0 to 5 or null, but is the string \"null\".")]
    [InlineData("rating=6", "rating: must be between 0 and 5, but is 6.")]
    [InlineData("repeated=yes", "repeated: must be true, false or null, but is 'yes'. Send true.")]
    [InlineData("repeated=1", "repeated: must be true, false or null, but is 1. Send true.")]
    [InlineData("batchCode=", "batchCode: must be 1 to 64 characters, but is empty.")]
    [InlineData("batchCode=null", "batchCode: is required and cannot be null.")]
    [InlineData("batchCode=+", "batchCode: must not be blank.")]
    [InlineData("leadIds=[1]", "leadIds: item 0 must be a string, but is 1.")]
    [InlineData(
        "leadIds=[\"a\"",
        "leadIds: must be a JSON array of strings, such as [\"a\",\"b\"], or the items one by one under the same name.")]
    [InlineData("leadIds[]=a&leadIds[]=null", "leadIds[]: item 1 must be a string, but is null.")]
    [InlineData("leadIds[]=", "leadIds[]: item 0 must not be empty. Send leadIds[]=[] for an empty list.")]
    [InlineData("manager[]=a", "manager[]: is not a field of a batch. Did you mean 'manager'?")]
    [InlineData("colour=red&rating=9", "colour: is not a field of a batch.", "rating: must be between 0 and 5, but is 9.")]
    [InlineData("manager=%FF", "manager: is not valid UTF-8.")]
    [InlineData("manager=%ED%A0%80", "manager: is not valid UTF-8.")]
    [InlineData("manager=a%00b", "manager: must not contain U+0000 or an unpaired surrogate.")]
    [InlineData("manager=\"\\ud800\"", "manager: must not contain U+0000 or an unpaired surrogate.")]
    public async Task An_invalid_form_value_is_reported_under_the_name_in_the_request(string pairs, params string[] errors)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";
        Assert.Equal(errors, await client.SendAsync("PATCH", address, pairs, Form).ValidationErrorsAsync("invalid_body"));
    }

    [Theory]
    [InlineData("POST", Form, HttpStatusCode.Created)]
    [InlineData("POST", Form + "; charset=UTF-8", HttpStatusCode.Created)]
    [InlineData("POST", "application/json", HttpStatusCode.Created)]
    [InlineData("POST", null, HttpStatusCode.Created)]
    [InlineData("PUT", Form, HttpStatusCode.OK)]
    [InlineData("PUT", "application/json", HttpStatusCode.OK)]
    [InlineData("PUT", null, HttpStatusCode.OK)]
    public async Task A_form_is_accepted_with_a_JSON_content_type_or_none(string method, string? contentType, HttpStatusCode expected)
    {
        using var client = await server.CreateClientAsync();
        var path = method == "PUT" ? $"{Http.Batches}/{await client.CreateIdAsync("B-0")}" : Http.Batches;

        var batch = await client.SendAsync(method, path, " \r\nbatchCode=\"B-1\"&batchType=t&rating=\"4\"", contentType)
            .JsonAsync(expected);

        Assert.Equal(("B-1", "t", 4), ((string)batch["batchCode"]!, (string)batch["batchType"]!, (int)batch["rating"]!));
    }

    [Theory]
    [InlineData("colour=red")]
    [InlineData("{batchCode=B-1}")]
    [InlineData(" colour=red")]
    public async Task A_body_that_is_neither_JSON_nor_a_form_is_malformed(string body)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Batches, body).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task A_form_has_the_same_required_fields_as_JSON()
    {
        using var client = await server.CreateClientAsync();
        Assert.Equal(
            ["batchType: is required."],
            await client.SendAsync("POST", Http.Batches, "batchCode=B-1", Form).ValidationErrorsAsync("invalid_body"));
    }
}
