using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>Creates, lists and finds accounts.</summary>
internal sealed class AccountStore(BatchesContext db, TimeProvider clock)
{
    /// <returns>The account, or null if the name is taken.</returns>
    public async Task<Account?> CreateAsync(string name, CancellationToken cancellation)
    {
        var account = new Account { Name = name, CreatedAt = clock.GetUtcNowMicroseconds() };
        db.Accounts.Add(account);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation(AccountConfiguration.Table))
        {
            return null;
        }
        return account;
    }

    /// <summary>Returns all accounts by name.</summary>
    public Task<List<Account>> ListAsync(CancellationToken cancellation) =>
        db.Accounts.AsNoTracking().OrderBy(a => a.Name).ToListAsync(cancellation);

    /// <summary>Returns the account of that name, or null.</summary>
    public Task<Account?> FindAsync(string name, CancellationToken cancellation) =>
        db.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Name == name, cancellation);
}
