using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Tests.Storage;

public sealed class PositionalSqlTests
{
    [Fact]
    public void Names_become_places_in_the_order_of_the_text()
    {
        var statement = PositionalSql.Create("SELECT @b, @a, @b FROM t WHERE x @> @c AND y = @a0");
        Assert.Equal("SELECT $1, $2, $1 FROM t WHERE x @> $3 AND y = $4", statement.Sql);

        // Of those given, those that the statement names, whether the names have the mark or not.
        var given = new NpgsqlParameter[] { new("@a", 1), new("b", 2), new("c", 3), new("other", 4), new("a0", 5) };
        Assert.Equal([2, 1, 3, 5], statement.BindParameters(given).Select(parameter => parameter.Value));
        Assert.All(statement.BindParameters([new("a", 1), new("b", 2), new("c", 3), new("a0", 5)]), parameter => Assert.Equal("", parameter.ParameterName));
    }

    [Fact]
    public void A_name_that_is_not_given_is_told()
    {
        var error = Assert.Throws<InvalidOperationException>(() => PositionalSql.Create("SELECT @one, @two").BindParameters([new("one", 1)]));
        Assert.Contains("'two'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_composed_once_for_all_that_it_depends_on()
    {
        var composed = 0;
        string Compose()
        {
            composed++;
            return "SELECT 1";
        }

        Assert.Same(PositionalSql.Create(("once", 1), Compose), PositionalSql.Create(("once", 1), Compose));
        Assert.NotSame(PositionalSql.Create(("once", 1), Compose), PositionalSql.Create(("once", 2), Compose));
        Assert.Equal(2, composed);
    }
}
