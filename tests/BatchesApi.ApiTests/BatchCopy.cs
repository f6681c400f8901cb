using BatchesApi.Domain;
using BatchesApi.Load;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>Inserts many batches quickly.</summary>
internal static class BatchCopy
{
    /// <summary>Inserts batches.</summary>
    public static Task AddAsync(NpgsqlConnection connection, IEnumerable<Batch> batches) =>
        BulkLoad.AddAsync(connection, batches.Select(Row), TestContext.Current.CancellationToken);

    private static object?[] Row(Batch batch) =>
    [
        batch.Id, batch.AccountId, batch.BatchCode, batch.BatchType, batch.Manager, batch.Assignee, batch.DueDate, batch.Repeated,
        batch.Summary, batch.Notes,
        batch.LeadIds, batch.OpportunityIds, (short?)batch.Rating, batch.CreatedAt, batch.UpdatedAt, batch.DeletedAt, batch.Version,
    ];
}
