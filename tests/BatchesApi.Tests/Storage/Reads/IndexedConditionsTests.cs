using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

public sealed class IndexedConditionsTests
{
    [Theory]
    [InlineData("amy", "text has \"amy\" or opportunityIds has any of [\"amy\"]")]
    [InlineData("-amy", "text has not \"amy\" and opportunityIds has not any of [\"amy\"]")]
    public void Arrays_that_contain_a_term_nowhere_are_not_checked(string q, string expected) =>
        Assert.Equal(expected, Replace(q, _ => []));

    [Theory]
    [InlineData("amy", "text has \"amy\" or id in [\"a\", \"b\"] or opportunityIds has any of [\"amy\"]")]
    [InlineData("-amy", "text has not \"amy\" and id not in [\"a\", \"b\"] and opportunityIds has not any of [\"amy\"]")]
    public void Arrays_that_contain_a_term_in_few_batches_are_replaced_by_their_ids(string q, string expected) =>
        Assert.Equal(expected, Replace(q, _ => ["a", "b"]));

    [Fact]
    public void Each_array_is_replaced_by_the_ids_for_its_own_values() => Assert.Equal(
        "(text has \"amy\" or id in [\"amy\"] or opportunityIds has any of [\"amy\"]) and "
        + "(text has \"bob\" or id in [\"bob\"] or opportunityIds has any of [\"bob\"])",
        Replace("amy bob", array => [(string)array.Values[0]]));

    /// <summary>Replaces the leads, and not the opportunities.</summary>
    private static string Replace(string q, Func<Contains, IReadOnlyList<string>> getIds)
    {
        var condition = Sql.PlanTerms(q);
        var leads = IndexedConditions.FindArrays(condition).Where(array => array.Field.Name == "leadIds");
        return IndexedConditions.ReplaceArrays(condition, leads.ToDictionary(array => array, getIds)).ToString();
    }
}
