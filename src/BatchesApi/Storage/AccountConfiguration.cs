using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BatchesApi.Storage;

/// <summary>How accounts are stored.</summary>
internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    /// <summary>The constraint that keeps names unique.</summary>
    public const string UniqueName = "ux_accounts_name";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<Account> account) =>
        account.HasIndex(a => a.Name).IsUnique().HasDatabaseName(UniqueName);
}
