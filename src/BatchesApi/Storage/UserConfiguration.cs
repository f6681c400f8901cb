using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>How users are stored.</summary>
internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    /// <summary>The constraint that keeps e-mail addresses unique.</summary>
    public const string UniqueEmail = "ux_users_email";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<User> user)
    {
        user.Property(u => u.Id).UseCollation(BatchConfiguration.BinaryCollation).ValueGeneratedNever();
        user.Property(u => u.Scope).HasConversion<ScopeConverter>();
        user.HasIndex(u => u.Email).IsUnique().HasDatabaseName(UniqueEmail);
        user.HasOne<Account>().WithMany().HasForeignKey(u => u.AccountId).OnDelete(DeleteBehavior.Restrict);
    }
}
