using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>How API keys are stored.</summary>
internal sealed class ApiKeyConfiguration : IEntityTypeConfiguration<ApiKey>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ApiKey> key)
    {
        key.HasKey(k => k.Id);
        key.Property(k => k.Id).UseCollation("C").ValueGeneratedNever();
        key.Property(k => k.Scope).HasConversion<ScopeConverter>();
        key.HasIndex(k => k.Hash).IsUnique();
        key.HasIndex(k => k.AccountId);
        key.HasIndex(k => k.UserId).HasFilter("user_id IS NOT NULL");
        key.HasOne<User>().WithMany().HasForeignKey(k => k.UserId).OnDelete(DeleteBehavior.Cascade);
        key.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId).OnDelete(DeleteBehavior.Restrict);
    }
}
