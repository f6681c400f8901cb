using Microsoft.EntityFrameworkCore;

namespace BatchesApi.EfTuned;

/// <summary>A row of the table of batches.</summary>
internal sealed class BatchRow
{
    public required int AccountId { get; init; }
    public required string Id { get; init; }
    public required string BatchCode { get; init; }
    public required string BatchType { get; init; }
    public string? Manager { get; init; }
    public string? Assignee { get; init; }
    public DateTime? DueDate { get; init; }
    public bool Repeated { get; init; }
    public string? Summary { get; init; }
    public string? Notes { get; init; }
    public string[] LeadIds { get; init; } = [];
    public string[] OpportunityIds { get; init; } = [];
    public short? Rating { get; init; }
    public DateTime CreatedAt { get; init; }
    public DateTime UpdatedAt { get; init; }
    public int Version { get; init; }
    public bool IsDeleted { get; init; }
    public string SearchShort { get; init; } = "";
    public string SearchLong { get; init; } = "";
}

/// <summary>A row of the table of searched texts.</summary>
internal sealed class SearchRow
{
    public required int AccountId { get; init; }
    public required string BatchId { get; init; }
    public required short Part { get; init; }
    public required string Text { get; init; }
}

/// <summary>The model of EF Core.</summary>
internal sealed class BatchesContext(DbContextOptions<BatchesContext> options) : DbContext(options)
{
    public DbSet<BatchRow> Batches => Set<BatchRow>();

    public DbSet<SearchRow> Search => Set<SearchRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<BatchRow>(batch =>
        {
            batch.ToTable("batches");
            batch.HasKey(row => new { row.AccountId, row.Id });
            batch.HasQueryFilter(row => !row.IsDeleted);
        });
        modelBuilder.Entity<SearchRow>(search =>
        {
            search.ToTable("batch_search");
            search.HasKey(row => new { row.AccountId, row.BatchId, row.Part });
        });
    }
}
