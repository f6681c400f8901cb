using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class ResultTests
{
    [Fact]
    public void A_result_has_the_value_or_the_problem()
    {
        Result<int> value = 3;
        Result<int> problem = Problem.BatchNotFound;

        Assert.Null(value.Problem);
        Assert.Equal(3, value.Value);
        Assert.Same(Problem.BatchNotFound, problem.Problem);
        Assert.Equal(Problem.BatchNotFound.Detail, Assert.Throws<InvalidOperationException>(() => problem.Value).Message);
    }

    [Fact]
    public void The_default_has_no_value_and_no_problem()
    {
        Assert.Null(default(Result<string?>).Problem);
        Assert.Null(default(Result<string?>).Value);
    }
}
