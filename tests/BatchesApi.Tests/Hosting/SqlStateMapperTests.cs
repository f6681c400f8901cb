using System.Net.Sockets;
using BatchesApi.Hosting;
using BatchesApi.Http;
using Npgsql;

namespace BatchesApi.Tests.Hosting;

public sealed class SqlStateMapperTests
{
    [Theory]
    [InlineData("08000", "database_unavailable")]
    [InlineData("08006", "database_unavailable")]
    [InlineData("25006", "database_unavailable")]
    [InlineData("28P01", "database_unavailable")]
    [InlineData("28000", "database_unavailable")]
    [InlineData("3D000", "database_unavailable")]
    [InlineData("3F000", "not_ready")]
    [InlineData("40001", "overloaded")]
    [InlineData("40P01", "overloaded")]
    [InlineData("42501", "not_ready")]
    [InlineData("42703", "not_ready")]
    [InlineData("42P01", "not_ready")]
    [InlineData("53100", "database_unavailable")]
    [InlineData("53200", "overloaded")]
    [InlineData("53300", "overloaded")]
    [InlineData("55P03", "overloaded")]
    [InlineData("57014", "overloaded")]
    [InlineData("57P01", "database_unavailable")]
    [InlineData("57P02", "database_unavailable")]
    [InlineData("57P03", "database_unavailable")]
    [InlineData("58030", "database_unavailable")]
    public void A_temporary_database_error_is_a_503(string sqlState, string code)
    {
        var problem = SqlStateMapper.ToProblem(DatabaseError(sqlState));

        Assert.Equal(code, problem?.Code.Name);
        Assert.Equal(503, problem?.Code.Status);
    }

    [Theory]
    [InlineData("22001")]
    [InlineData("22021")]
    [InlineData("23505")]
    [InlineData("25001")]
    [InlineData("42601")]
    [InlineData("42883")]
    [InlineData("XX000")]
    public void An_error_of_the_server_is_not_mapped(string sqlState) => Assert.Null(SqlStateMapper.ToProblem(DatabaseError(sqlState)));

    [Fact]
    public void The_detail_does_not_contain_the_database_message()
    {
        var problem = SqlStateMapper.ToProblem(DatabaseError("42P01", "relation \"batches\" does not exist"));

        Assert.Equal(
            "The database could not process the request: a table is missing: not migrated. Try again in a moment.", problem?.Detail);
    }

    [Fact]
    public void Each_row_of_the_table_applies_to_some_error() => Assert.All(SqlStateMapper.Table, row =>
    {
        var problem = SqlStateMapper.ToProblem(DatabaseError(row.SqlState.PadRight(5, '0')));

        Assert.Equal(row.Code, problem?.Code);
        Assert.Contains(row.Meaning, problem?.Detail, StringComparison.Ordinal);
    });

    [Fact]
    public void A_database_error_inside_other_exceptions_is_mapped() => Assert.Equal(
        ProblemCode.Overloaded,
        SqlStateMapper.ToProblem(
            new InvalidOperationException("outer", new InvalidOperationException("inner", DatabaseError("53300"))))?.Code);

    [Fact]
    public void A_failed_connection_means_that_the_database_is_unavailable()
    {
        Assert.Equal(
            ProblemCode.DatabaseUnavailable,
            SqlStateMapper.ToProblem(new NpgsqlException("Failed to connect", new SocketException()))?.Code);
        Assert.Equal(
            ProblemCode.DatabaseUnavailable,
            SqlStateMapper.ToProblem(new NpgsqlException("The connection pool has been exhausted", new TimeoutException()))?.Code);
        Assert.Equal(
            ProblemCode.DatabaseUnavailable,
            SqlStateMapper.ToProblem(new NpgsqlException("No password has been provided"))?.Code);
    }

    [Fact]
    public void An_exception_that_is_not_from_the_database_is_not_mapped()
    {
        Assert.Null(SqlStateMapper.ToProblem(new InvalidOperationException("oops")));
        Assert.Null(SqlStateMapper.ToProblem(new TimeoutException()));
    }

    private static PostgresException DatabaseError(string sqlState, string message = "oops") =>
        new(message, "ERROR", "ERROR", sqlState);
}
