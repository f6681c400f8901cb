using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Tests.Lists;

/// <summary>The parameters of groups (specification, section 3.11).</summary>
public sealed class GroupPlanTests
{
    private const string Dates = "dueDate:day, dueDate:week, dueDate:month, dueDate:year";

    private const string Fields = "Fields: batchType, manager, assignee, rating, repeated, dueDate, createdAt, updatedAt.";

    [Theory]
    [InlineData("assignee", "assignee")]
    [InlineData("ASSIGNEE", "assignee")]
    [InlineData(" rating , repeated ", "rating; repeated")]
    [InlineData("dueDate:day", "dueDate:day")]
    [InlineData("duedate : Week", "dueDate:week")]
    [InlineData("createdAt:MONTH,updatedAt:year", "createdAt:month; updatedAt:year")]
    [InlineData("batchType,manager", "batchType; manager")]
    public void One_or_two_fields_are_keys(string by, string expected) =>
        Assert.Equal(expected, string.Join("; ", Parse($"by={by}", out _).Keys));

    [Theory]
    [InlineData("", "by is required. Name one or two fields, such as by=assignee or by=assignee,dueDate:month.")]
    [InlineData("by=", "by is required. Name one or two fields, such as by=assignee or by=assignee,dueDate:month.")]
    [InlineData("BY=asignee", $"BY unknown field 'asignee'. Did you mean 'assignee'? {Fields}")]
    [InlineData("by=colour", $"by unknown field 'colour'. {Fields}")]
    [InlineData("by=notes", $"by cannot group by 'notes'. {Fields}")]
    [InlineData("by=leadIds", $"by cannot group by 'leadIds'. {Fields}")]
    [InlineData("by=_id", $"by cannot group by 'id'. {Fields}")]
    [InlineData("by=deletedAt:day", $"by cannot group by 'deletedAt'. {Fields}")]
    [InlineData("by=dueDate", $"by 'dueDate' needs a unit. Use one of {Dates}.")]
    [InlineData("by=dueDate:", $"by unknown unit ''. Use one of {Dates}.")]
    [InlineData("by=dueDate:moth", $"by unknown unit 'moth'. Did you mean 'month'? Use one of {Dates}.")]
    [InlineData("by=dueDate:day:week", $"by unknown unit 'day:week'. Use one of {Dates}.")]
    [InlineData("by=rating:day", "by 'rating' takes no unit, because it is an integer. Use by=rating.")]
    [InlineData("by=assignee,", "by expected a field name, such as by=assignee or by=assignee,dueDate:month.")]
    [InlineData("by=assignee,Assignee", "by duplicate field 'assignee'.")]
    [InlineData("by=dueDate:day,dueDate:year", "by duplicate field 'dueDate'.")]
    [InlineData("by=assignee,manager,rating", "by too many fields. The maximum is 2.")]
    [InlineData("by=colour,dueDate", $"by unknown field 'colour'. {Fields}", $"by 'dueDate' needs a unit. Use one of {Dates}.")]
    [InlineData("by=rating&limit=0", "limit must be a whole number from 1 to 1,000.")]
    [InlineData("by=rating&limit=1001", "limit must be a whole number from 1 to 1,000.")]
    [InlineData("by=rating&fields=assignee",
        "fields unexpected field name 'assignee' at character 1. Groups have only the fields in by. Use fields for conditions, such as "
        + "assignee:amy.")]
    [InlineData("by=rating&fields=-notes",
        "fields unexpected field name 'notes' at character 1. Groups have only the fields in by. Use fields for conditions, such as "
        + "assignee:amy.")]
    [InlineData("by=rating&fields=rating>3", "fields unknown field 'rating>3' at character 1. Use rating:gt:3.")]
    public void Invalid_parameters_are_errors(string query, params string[] expected)
    {
        Parse(query, out var errors);
        Assert.Equal(expected, errors.Lines());
    }

    [Fact]
    public void The_batches_meet_all_filters_and_the_policy()
    {
        var plan = Parse("by=assignee&fields=rating:gte:4&p={\"manager\":\"maria\"}&q=first", out var errors);
        Assert.Empty(errors);
        Assert.StartsWith(
            "repeated = true and rating >= 4 and manager = \"maria\" and (text has \"first\" or ",
            plan.Batches.Where.ToString(),
            StringComparison.Ordinal);
        Assert.Equal((100, false), (plan.Batches.Limit, plan.Batches.Deleted));
    }

    [Fact]
    public void Every_field_that_can_be_a_key_is_in_the_description_of_by()
    {
        Assert.All(GroupKeys.Fields, field => Assert.Contains($"`{field}`", ApiParameters.GroupBy.Description, StringComparison.Ordinal));
        Assert.All(ApiParameters.GroupBy.Examples, example => Assert.NotEmpty(Parse($"by={example.Value}", out _).Keys));
    }

    private static GroupPlan Parse(string query, out ValidationErrors errors)
    {
        errors = new ValidationErrors();
        var given = new QueryCollection(QueryHelpers.ParseQuery(query));
        return GroupPlan.Parse(
            QueryParameters.Parse(given, GroupPlan.Names, strict: true, errors),
            Plans.Account,
            new Comparison(BatchFields.Repeated, ComparisonOperator.Equal, true),
            Plans.Values,
            errors);
    }
}
