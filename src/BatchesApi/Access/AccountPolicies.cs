using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage;
using BatchesApi.Storage.Writes;
using Npgsql;

namespace BatchesApi.Access;

/// <summary>Reads the policies of the credentials of an account.</summary>
internal sealed class AccountPolicies(NpgsqlDataSource source, TimeProvider clock)
{
    /// <summary>Reads the policies of all credentials that are valid.</summary>
    public async Task<IReadOnlyList<PolicyView>> ReadAsync(int accountId, CancellationToken cancellation)
    {
        var now = clock.GetUtcNowMicroseconds();
        var views = new List<PolicyView>();
        foreach (var (policy, name) in await CredentialReader.FindPoliciesAsync(source, accountId, now, cancellation))
        {
            // A credential whose policy is no longer valid cannot be used.
            var errors = new ValidationErrors();
            var where = KeyPolicy.Parse(policy, errors);
            if (!errors.HasErrors)
                views.Add(new PolicyView(PolicyDigest.Create(policy, name), where.Resolve(new RelativeValues(now, name))));
        }
        return [.. views.DistinctBy(view => view.Digest)];
    }
}
