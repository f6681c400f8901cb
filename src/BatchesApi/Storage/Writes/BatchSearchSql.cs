using BatchesApi.Domain;

namespace BatchesApi.Storage.Writes;

/// <summary>Composes the parts of statements that keep <see cref="BatchSearch"/> equal to the batches.</summary>
internal static class BatchSearchSql
{
    private static readonly IReadOnlyList<Field> Arrays = [.. BatchFields.All.Where(field => field.Kind == FieldKind.TextList)];

    /// <summary>The array lets PostgreSQL find the parts by the primary key without a nested loop.</summary>
    private static readonly Sql CandidateId = Sql.Raw("c.id AND s.batch_id = ANY (ARRAY(SELECT k.id FROM candidates AS k))");

    private static readonly Sql UpdateShort = Sql.Raw("text = c.search_short");

    private static readonly Sql UpdateLong = Sql.Raw(
        $"text = c.search_long, {string.Join(", ", Arrays.Select(field => $"{field.Column} = c.{field.Column}"))}");

    private static readonly Sql ArrayColumns = Sql.Raw(string.Join(", ", Arrays.Select(field => field.Column)));

    private static readonly Sql NoArrays = Sql.Raw(string.Join(", ", Arrays.Select(_ => "NULL")));

    /// <summary>The statement that inserts the parts of batches.</summary>
    /// <param name="batches">The name of a CTE with all columns of the batches.</param>
    public static Sql Insert(Sql batches) =>
        $"""
        INSERT INTO batch_search (account_id, batch_id, part, text, {ArrayColumns})
        SELECT account_id, id, {Sql.Literal(BatchSearch.ShortPart)}, search_short, {NoArrays} FROM {batches}
        UNION ALL SELECT account_id, id, {Sql.Literal(BatchSearch.LongPart)}, search_long, {ArrayColumns} FROM {batches}
        """;

    /// <summary>The CTEs that update the parts of a batch in which a change can have changed anything, if it did. The CTE <c>found</c> has
    /// the batch before the change.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="id">The id of the batch.</param>
    /// <param name="fields">The changed fields.</param>
    public static Sql UpdateOne(int accountId, SqlValue id, FieldSet fields) =>
        Update(accountId, Sql.Raw("candidates AS c, found AS f"), $"{id}", fields, ChangeSql.OldRow);

    /// <summary>The same for all candidates.</summary>
    /// <inheritdoc cref="UpdateOne" path="/param"/>
    public static Sql UpdateSet(int accountId, FieldSet fields) =>
        Update(accountId, Sql.Raw("candidates AS c"), CandidateId, fields, ChangeSql.OldColumns);

    private static Sql Update(int accountId, Sql from, Sql id, FieldSet fields, string old)
    {
        Sql Part(string name, short part, Sql assignments, Sql isChanged) =>
            $"""
            {Sql.Raw(name)} AS (
                UPDATE batch_search AS s SET {assignments} FROM {from}
                WHERE s.account_id = {accountId} AND s.batch_id = {id} AND s.part = {Sql.Literal(part)} AND {isChanged}),

            """;
        var parts = new List<Sql>();
        if (BatchConfiguration.ShortTexts.Any(fields.Contains))
            parts.Add(Part("short", BatchSearch.ShortPart, UpdateShort, Sql.Raw($"c.search_short <> {old}search_short")));
        if (ChangesLongPart(fields))
        {
            var arrays = string.Concat(Arrays.Select(field => $" OR c.{field.Column} <> {old}{field.Column}"));
            parts.Add(Part("long", BatchSearch.LongPart, UpdateLong, Sql.Raw($"(c.search_long <> {old}search_long{arrays})")));
        }
        return Sql.Join("", parts);
    }

    /// <summary>The columns of the CTE <c>found</c>, after those of the changed fields, that <see cref="Update"/> compares.</summary>
    public static IEnumerable<Field> GetComparedFields(FieldSet fields) =>
        ChangesLongPart(fields) ? Arrays.Where(field => !fields.Contains(field)) : [];

    private static bool ChangesLongPart(FieldSet fields) => BatchConfiguration.LongTexts.Concat(Arrays).Any(fields.Contains);

    /// <summary>The statement that deletes the parts of batches.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="batches">The name of a CTE with the ids of the batches.</param>
    public static Sql Delete(int accountId, Sql batches) =>
        $"DELETE FROM batch_search AS s USING {batches} AS d WHERE s.account_id = {accountId} AND s.batch_id = d.id";
}
