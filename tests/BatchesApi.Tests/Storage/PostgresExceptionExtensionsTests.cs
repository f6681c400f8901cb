using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Tests.Storage;

/// <summary>Taken values are recognized by SQLSTATE and table, on a single PostgreSQL and on a distributed one.</summary>
public sealed class PostgresExceptionExtensionsTests
{
    private const string UniqueViolation = "23505";

    /// <summary>A single PostgreSQL names the table; a distributed one names a shard, or nothing outside of the message.</summary>
    [Theory]
    [InlineData("batches", "ux_batches_account_id_batch_code")]
    [InlineData("batches", null)]
    [InlineData("batches", "renamed")]
    [InlineData("batches_102008", "ux_batches_account_id_batch_code_102008")]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData(null, "ux_batches_account_id_batch_code_102008")]
    public void A_taken_value_is_recognized_by_state_and_table(string? table, string? constraint)
    {
        Assert.True(Error(UniqueViolation, table, constraint).IsUniqueViolation("batches"));
        Assert.True(new DbUpdateException("outer", Error(UniqueViolation, table, constraint)).IsUniqueViolation("batches"));
    }

    [Theory]
    [InlineData("batch_changes_y2026m11", "batch_changes_y2026m11_pkey")]
    [InlineData("batches_", "ux_batches_account_id_batch_code")]
    [InlineData("batches_old", "ux_batches_account_id_batch_code")]
    [InlineData("batches_102008x", "ux_batches_account_id_batch_code")]
    [InlineData("batches102008", "ux_batches_account_id_batch_code")]
    [InlineData("Batches", "ux_batches_account_id_batch_code")]
    [InlineData("batch", "ux_batches_account_id_batch_code")]
    [InlineData("old_batches", "ux_batches_account_id_batch_code")]
    public void A_violation_in_another_table_is_not_a_taken_value(string table, string constraint) =>
        Assert.False(Error(UniqueViolation, table, constraint).IsUniqueViolation("batches"));

    [Theory]
    [InlineData("23503")]
    [InlineData("23514")]
    [InlineData("23P01")]
    [InlineData("40001")]
    public void An_error_with_another_SQLSTATE_is_not_a_taken_value(string sqlState)
    {
        Assert.False(Error(sqlState, "batches", "ux_batches_account_id_batch_code").IsUniqueViolation("batches"));
        Assert.False(Error(sqlState, null, null).IsUniqueViolation("batches"));
    }

    [Fact]
    public void An_exception_that_is_not_from_the_database_is_not_a_taken_value() =>
        Assert.False(new InvalidOperationException("batches").IsUniqueViolation("batches"));

    private static PostgresException Error(string sqlState, string? table, string? constraint) => new(
        "duplicate key value violates unique constraint \"ux_batches_account_id_batch_code_102008\"",
        "ERROR",
        "ERROR",
        sqlState,
        tableName: table,
        constraintName: constraint);
}
