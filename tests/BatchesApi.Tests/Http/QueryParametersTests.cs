using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class QueryParametersTests
{
    private static readonly string[] Known = ["limit", "sortBy"];

    private readonly ValidationErrors _errors = new();

    [Fact]
    public void A_parameter_has_its_decoded_value() => Assert.Equal("a b+c", Read("?sortBy=a+b%2Bc")["sortBy"]?.Value);

    [Fact]
    public void A_name_is_found_in_any_case_and_keeps_the_spelling_of_the_client() => Assert.Equal(
        new QueryParameter("SORTBY", "rating"), Read("?SORTBY=rating")["sortBy"]);

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?limit=5")]
    [InlineData("?sortBy=")]
    [InlineData("?sortBy")]
    public void A_parameter_without_a_value_is_as_if_not_given(string query)
    {
        Assert.Null(Read(query)["sortBy"]);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("?limit=1&limit=2", "limit")]
    [InlineData("?limit=1&limit=1", "limit")]
    [InlineData("?LIMIT=1&LIMIT=2", "LIMIT")]
    public void A_parameter_given_twice_is_a_fault(string query, string name)
    {
        Read(query);

        Assert.Equal([$"{name} must not be given more than once."], _errors.Lines());
    }

    [Fact]
    public void A_parameter_given_in_two_spellings_is_given_twice()
    {
        Read("?Limit=1&LIMIT=2");

        Assert.Equal("limit", Assert.Single(_errors.Names()), ignoreCase: true);
    }

    [Fact]
    public void Unknown_names_are_faults_with_the_nearest_known_name()
    {
        Read("?Sort=rating&colour=red&limit=5");

        Assert.Equal(
            [
                "Sort is not a parameter of this operation, which takes limit, sortBy. Did you mean 'sortBy'?",
                "colour is not a parameter of this operation, which takes limit, sortBy.",
            ],
            _errors.Lines());
    }

    [Fact]
    public void An_operation_without_parameters_says_so()
    {
        QueryParameters.Parse(QueryOf("?limit=5"), [], strict: true, _errors);

        Assert.Equal(["limit is not a parameter of this operation, which takes none."], _errors.Lines());
    }

    [Fact]
    public void Unknown_names_are_ignored_where_reading_is_not_strict()
    {
        var parameters = QueryParameters.Parse(QueryOf("?colour=red&colour=blue&limit=5"), Known, strict: false, _errors);

        Assert.Empty(_errors);
        Assert.Equal("5", parameters["limit"]?.Value);
        Assert.Null(parameters["colour"]);
    }

    [Fact]
    public void A_parameter_given_twice_is_a_fault_also_where_reading_is_not_strict()
    {
        QueryParameters.Parse(QueryOf("?limit=5&limit=6"), Known, strict: false, _errors);

        Assert.Equal(["limit"], _errors.Names());
    }

    private QueryParameters Read(string query) => QueryParameters.Parse(QueryOf(query), Known, strict: true, _errors);

    private static IQueryCollection QueryOf(string query) =>
        new DefaultHttpContext { Request = { QueryString = new QueryString(query) } }.Request.Query;
}
