using BatchesApi.Querying;
using Npgsql;

namespace BatchesApi.Tests.Querying;

public sealed class StatementTests
{
    [Fact]
    public void Names_become_places_in_the_order_of_the_text()
    {
        var statement = Statement.Of("SELECT @b, @a, @b FROM t WHERE x @> @c AND y = @a0");
        Assert.Equal("SELECT $1, $2, $1 FROM t WHERE x @> $3 AND y = $4", statement.Sql);

        // Of those given, those that the statement names, whether the names have the mark or not.
        var given = new NpgsqlParameter[] { new("@a", 1), new("b", 2), new("c", 3), new("other", 4), new("a0", 5) };
        Assert.Equal([2, 1, 3, 5], statement.Places(given).Select(parameter => parameter.Value));
        Assert.All(statement.Places([new("a", 1), new("b", 2), new("c", 3), new("a0", 5)]), parameter => Assert.Equal("", parameter.ParameterName));
    }

    [Fact]
    public void A_name_that_is_not_given_is_told()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => Statement.Of("SELECT @one, @two").Places([new("one", 1)]));
        Assert.Contains("'two'", fault.Message, StringComparison.Ordinal);
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

        Assert.Same(Statement.Of(("once", 1), Compose), Statement.Of(("once", 1), Compose));
        Assert.NotSame(Statement.Of(("once", 1), Compose), Statement.Of(("once", 2), Compose));
        Assert.Equal(2, composed);
    }
}
