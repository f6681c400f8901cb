using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Pools contexts, as <c>AddPooledDbContextFactory</c> does, but loads EF Core when the first context is created: singletons that
/// seldom need one would otherwise delay the start by a tenth of a second.</summary>
internal sealed class LazyContextFactory(IServiceProvider services, NpgsqlDataSource source) : IDbContextFactory<BatchesContext>
{
    private readonly Lazy<PooledDbContextFactory<BatchesContext>> _pool = new(() =>
    {
        var options = new DbContextOptionsBuilder<BatchesContext>();
        options.UseApplicationServiceProvider(services);
        StorageServices.Configure(options, source);
        return new PooledDbContextFactory<BatchesContext>(options.Options);
    });

    /// <inheritdoc/>
    public BatchesContext CreateDbContext() => _pool.Value.CreateDbContext();
}
