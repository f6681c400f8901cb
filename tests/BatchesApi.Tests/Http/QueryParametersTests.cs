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
    public void Names_are_case_insensitive_and_keep_the_spelling_of_the_client() => Assert.Equal(
        new QueryParameter("SORTBY", "rating"), Read("?SORTBY=rating")["sortBy"]);

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?limit=5")]
    [InlineData("?sortBy=")]
    [InlineData("?sortBy")]
    public void An_empty_parameter_is_absent(string query)
    {
        Assert.Null(Read(query)["sortBy"]);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("?limit=1&limit=2", "limit")]
    [InlineData("?limit=1&limit=1", "limit")]
    [InlineData("?LIMIT=1&LIMIT=2", "LIMIT")]
    public void A_duplicate_parameter_is_an_error(string query, string name)
    {
        Read(query);

        Assert.Equal([$"{name} must not be given more than once."], _errors.Lines());
    }

    [Fact]
    public void A_parameter_in_two_spellings_is_a_duplicate()
    {
        Read("?Limit=1&LIMIT=2");

        Assert.Equal("limit", Assert.Single(_errors.Names()), ignoreCase: true);
    }

    [Fact]
    public void Unknown_names_are_errors_with_the_nearest_known_name()
    {
        Read("?SortBi=rating&colour=red&limit=5");

        Assert.Equal(
            [
                "SortBi is not a parameter of this operation. Did you mean 'sortBy'? Parameters: limit, sortBy.",
                "colour is not a parameter of this operation. Parameters: limit, sortBy.",
            ],
            _errors.Lines());
    }

    [Fact]
    public void Every_parameter_of_an_operation_without_parameters_is_unknown()
    {
        QueryParameters.Parse(ParseQuery("?limit=5"), [], strict: true, _errors);

        Assert.Equal(["limit is not a parameter of this operation. Parameters: none."], _errors.Lines());
    }

    [Fact]
    public void Unknown_names_are_ignored_by_a_lenient_reader()
    {
        var parameters = QueryParameters.Parse(ParseQuery("?colour=red&colour=blue&limit=5"), Known, strict: false, _errors);

        Assert.Empty(_errors);
        Assert.Equal("5", parameters["limit"]?.Value);
        Assert.Null(parameters["colour"]);
    }

    [Fact]
    public void A_duplicate_parameter_is_an_error_for_a_lenient_reader_too()
    {
        QueryParameters.Parse(ParseQuery("?limit=5&limit=6"), Known, strict: false, _errors);

        Assert.Equal(["limit"], _errors.Names());
    }

    private QueryParameters Read(string query) => QueryParameters.Parse(ParseQuery(query), Known, strict: true, _errors);

    private static IQueryCollection ParseQuery(string query) =>
        new DefaultHttpContext { Request = { QueryString = new QueryString(query) } }.Request.Query;
}
