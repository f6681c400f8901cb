using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class FieldNameSuggestionsTests
{
    [Theory]
    [InlineData("batch_code", "batchCode")]
    [InlineData("BatchCode", "batchCode")]
    [InlineData("BATCH-CODE", "batchCode")]
    [InlineData("Due Date", "dueDate")]
    [InlineData("lead_ids", "leadIds")]
    [InlineData("leadIds[]", "leadIds")]
    [InlineData("code", "batchCode")]
    [InlineData("type", "batchType")]
    [InlineData("leads", "leadIds")]
    [InlineData("opportunities", "opportunityIds")]
    [InlineData("assigned_to", "assignee")]
    [InlineData("assignedTo", "assignee")]
    [InlineData("due_at", "dueDate")]
    [InlineData("deadline", "dueDate")]
    [InlineData("isRepeated", "repeated")]
    [InlineData("ratng", "rating")]
    public void The_field_that_a_name_means_is_suggested(string name, string field) =>
        Assert.Equal($" Did you mean '{field}'?", FieldNameSuggestions.For(name));

    [Theory]
    [InlineData("owner", " Did you mean 'manager' or 'assignee'?")]
    [InlineData("description", " Did you mean 'summary' or 'notes'?")]
    public void A_name_that_means_one_of_two_fields_gets_both(string name, string expected) =>
        Assert.Equal(expected, FieldNameSuggestions.For(name));

    [Theory]
    [InlineData("status")]
    [InlineData("name")]
    [InlineData("title")]
    [InlineData("batchId")]
    [InlineData("batch_name")]
    [InlineData("date")]
    [InlineData("createdBy")]
    [InlineData("")]
    public void A_name_without_a_field_gets_no_suggestion(string name) => Assert.Equal("", FieldNameSuggestions.For(name));
}
