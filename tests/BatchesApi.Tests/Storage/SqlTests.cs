using BatchesApi.Domain;
using BatchesApi.Storage;
using Npgsql;
using NpgsqlTypes;
using StorageSql = BatchesApi.Storage.Sql;

namespace BatchesApi.Tests.Storage;

public sealed class SqlTests
{
    private static readonly string[] Texts = ["x", "y"];

    private static readonly int[] Numbers = [1, 2];

    [Fact]
    public void Values_become_numbered_parameters_and_SQL_becomes_text()
    {
        StorageSql condition = $"a = {1} AND b = ANY ({Texts})";
        StorageSql sql =
            $"SELECT {StorageSql.Raw("c")} FROM ({condition}) WHERE d = {"'; DROP TABLE batches --"} LIMIT {StorageSql.Literal(20)}";

        using var command = new NpgsqlCommand();
        Assert.Equal("SELECT c FROM (a = $1 AND b = ANY ($2)) WHERE d = $3 LIMIT 20", sql.Write(command.Parameters));
        Assert.Equal([1, Texts, "'; DROP TABLE batches --"], command.Parameters.Select(parameter => parameter.Value));
        Assert.All(command.Parameters, parameter => Assert.Equal("", parameter.ParameterName));
    }

    [Fact]
    public void A_value_that_is_used_twice_is_one_parameter_and_equal_values_are_two()
    {
        var value = new SqlValue(7, NpgsqlDbType.Integer);
        StorageSql half = $"{value}, {7}";
        StorageSql sql = $"{7}, {half}, {half}, {value}";

        Assert.Equal("$1, $2, $3, $2, $3, $2", sql.ToString());
    }

    [Fact]
    public void Parameters_have_the_types_of_their_values_and_null_is_one()
    {
        var now = DateTime.UtcNow;
        StorageSql sql =
            $"{1}, {"a"}, {(string?)null}, {now}, {Texts}, {Numbers}, {new byte[] { 1 }}, {new SqlValue(BatchFields.Rating, null)}";

        using var command = new NpgsqlCommand();
        sql.Write(command.Parameters);
        Assert.Equal(
            [
                NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.TimestampTz,
                NpgsqlDbType.Array | NpgsqlDbType.Text,
                NpgsqlDbType.Array | NpgsqlDbType.Integer, NpgsqlDbType.Bytea, NpgsqlDbType.Integer,
            ],
            command.Parameters.Select(parameter => parameter.NpgsqlDbType));
        Assert.Equal(
            [2, 7],
            command.Parameters.Index().Where(parameter => parameter.Item.Value == DBNull.Value).Select(parameter => parameter.Index));
    }

    [Fact]
    public void Statements_of_the_same_shape_are_one_text()
    {
        static StorageSql Find(string id) => $"SELECT 1 WHERE id = {id}";

        Assert.Same(Find("one").ToString(), Find("two").ToString());
    }

    [Fact]
    public void Pieces_are_joined_with_a_separator()
    {
        Assert.Equal("a, $1, b", StorageSql.Join(", ", [StorageSql.Raw("a"), $"{1}", StorageSql.Raw("b")]).ToString());
        Assert.Equal("", StorageSql.Join(", ", []).ToString());
    }

    [Fact]
    public void A_statement_of_more_characters_than_a_buffer_is_written_in_full()
    {
        var many = StorageSql.Join(" OR ", Enumerable.Range(0, 2_000).Select(i => (StorageSql)$"a = {i}"));

        using var command = new NpgsqlCommand();
        var text = many.Write(command.Parameters);
        Assert.StartsWith("a = $1 OR a = $2 OR ", text, StringComparison.Ordinal);
        Assert.EndsWith(" OR a = $2000", text, StringComparison.Ordinal);
        Assert.Equal(2_000, command.Parameters.Count);
    }
}
