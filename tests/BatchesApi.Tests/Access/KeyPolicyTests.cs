using BatchesApi.Access;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Access;

public sealed class KeyPolicyTests
{
    [Theory]
    [InlineData(null, "always")]
    [InlineData("{}", "always")]
    [InlineData("""{"assignee":"amy"}""", "assignee = \"amy\"")]
    [InlineData("{\n  \"rating\": { \"$gt\": 1 }\n}", "rating > 1")]
    [InlineData("""{"rating":{"$in":[]}}""", "never")]
    public void A_policy_has_the_syntax_of_p(string? text, string condition)
    {
        var errors = new ValidationErrors();

        Assert.Equal(condition, KeyPolicy.Parse(text, errors).ToString());
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("", "policy invalid JSON at character 1.")]
    [InlineData("amy", "policy invalid JSON at character 1.")]
    [InlineData("[]", "policy expected a JSON object")]
    [InlineData("null", "policy expected a JSON object")]
    [InlineData("""{"asignee":"amy"}""", "policy.asignee unknown field 'asignee'. Did you mean 'assignee'?")]
    [InlineData("""{"rating":"4"}""", "policy.rating ")]
    [InlineData("""{"$or":[{"rating":1},{"rating":{"$gt":"x"}}]}""", "policy.$or[1].rating.$gt ")]
    [InlineData("""{"$or":[]}""", "policy.$or ")]
    public void An_error_is_reported_with_its_JSON_path(string text, string error)
    {
        var errors = new ValidationErrors();

        KeyPolicy.Parse(text, errors);

        Assert.StartsWith(error, Assert.Single(errors.Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_reported()
    {
        var errors = new ValidationErrors();

        KeyPolicy.Parse("""{"rating":"x","colour":"red","version":{"$gtt":1}}""", errors);

        Assert.Equal(["policy.colour", "policy.rating", "policy.version.$gtt"], errors.Names().Order(StringComparer.Ordinal));
    }
}
