namespace BatchesApi.ApiTests;

/// <summary>Names in the parameter <c>fields</c>, which select the fields of each record (specification, sections 2 and 3).</summary>
public sealed class FieldsTests(ApiServer server)
{
    [Theory]
    [InlineData(
        "",
        "id batchCode batchType manager assignee dueDate repeated summary notes leadIds opportunityIds rating createdAt updatedAt version")]
    [InlineData(
        "fields=",
        "id batchCode batchType manager assignee dueDate repeated summary notes leadIds opportunityIds rating createdAt updatedAt version")]
    [InlineData("fields=batchCode", "id batchCode")]
    [InlineData("fields=rating,batchCode", "id batchCode rating")]
    [InlineData("fields=id", "id")]
    [InlineData("fields=leadIds,leadIds", "id leadIds")]
    [InlineData("Fields=BATCHCODE,%20duedate", "id batchCode dueDate")]
    [InlineData("fields=deletedAt", "id")]
    [InlineData("fields=_id", "id")]
    [InlineData("fields=-notes,%20-LeadIds,-createdAt,-updatedAt,-version",
        "id batchCode batchType manager assignee dueDate repeated summary opportunityIds rating")]
    public async Task Only_the_named_fields_and_the_id_are_returned(string query, string kept)
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();

        var listed = Assert.Single(await client.ListAsync($"{Http.Batches}?{query}"))!.AsObject();
        var retrieved = await client.GetJsonAsync($"{Http.Batches}/{id}?{query}");

        Assert.Equal(kept.Split(' '), listed.Select(member => member.Key));
        Http.AssertSame(listed, retrieved);
    }

    [Theory]
    [InlineData(
        "",
        "id batchCode batchType manager assignee dueDate repeated summary notes leadIds opportunityIds rating createdAt updatedAt "
            + "deletedAt version")]
    [InlineData("fields=deletedAt,manager", "id manager deletedAt")]
    public async Task Deleted_batches_also_have_the_field_deletedAt(string query, string kept)
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateDeletedIdAsync();

        var listed = Assert.Single(await client.ListAsync($"{Http.Deleted}?{query}"))!.AsObject();
        var retrieved = await client.GetJsonAsync($"{Http.Deleted}/{id}?{query}");

        Assert.Equal(kept.Split(' '), listed.Select(member => member.Key));
        Http.AssertSame(listed, retrieved);
    }

    [Theory]
    [InlineData("fields=assigne", "fields: unknown field 'assigne' at character 1. Did you mean 'assignee'?")]
    [InlineData("fields=-id", "fields: cannot exclude 'id' at character 1. It is always returned.")]
    [InlineData("fields=rating,-notes",
        "fields: names to return and excluded names cannot be combined at character 8. Use either names or -names.")]
    [InlineData("FIELDS=accountId,id,", "FIELDS: unknown field 'accountId' at character 1.",
        "FIELDS: expected a field name at character 14.")]
    public async Task An_unknown_field_is_rejected_on_every_route_with_the_parameter(string query, params string[] errors)
    {
        using var client = await server.CreateClientAsync();
        foreach (var path in (string[])
            [Http.Batches, Http.Deleted, $"{Http.Batches}/{TestRoutes.UnknownId}", $"{Http.Deleted}/{TestRoutes.UnknownId}"])
        {
            Assert.Equal(errors, await client.SendAsync("GET", $"{path}?{query}").ValidationErrorsAsync("invalid_parameter"));
        }
    }

    [Fact]
    public async Task The_entity_tag_has_the_version_even_if_the_field_is_omitted()
    {
        using var client = await server.CreateClientAsync();
        using var response = await client.SendAsync("GET", $"{Http.Batches}/{await client.CreateIdAsync()}?fields=id");
        Assert.Equal("\"1\"", response.Headers.ETag?.ToString());
        Assert.Single(await response.JsonAsync());
    }
}
