namespace BatchesApi.Storage.Reads;

/// <summary>Reads batches of an account by their ids, each by the primary key. PostgreSQL must not read all batches of the account for each
/// id, even if its statistics have no batches of the account yet: hence OFFSET 0, and the account as a subquery, whose value is unknown to
/// the plan.</summary>
/// <param name="accountId">The account.</param>
/// <param name="deleted">Whether to read deleted batches instead of active ones.</param>
internal sealed class CandidateRows(int accountId, bool deleted)
{
    private readonly SqlValue _account = new(accountId, NpgsqlTypes.NpgsqlDbType.Integer);

    /// <summary>The query for the batches with ids, each once.</summary>
    /// <param name="ids">A table expression with the column <c>batch_id</c>.</param>
    public Sql From(Sql ids) =>
        $"SELECT b.* FROM (SELECT DISTINCT i.batch_id FROM {ids} AS i) AS i CROSS JOIN LATERAL ({WithId(Sql.Raw("i.batch_id"))}) AS b";

    /// <summary>The query for the batch with an id.</summary>
    public Sql WithId(Sql id) =>
        $"""
        SELECT b.* FROM batches AS b
        WHERE b.account_id = (SELECT {_account}) AND b.id = {id} AND {AccountBatchesSql.IsInState(deleted)} OFFSET 0
        """;
}
