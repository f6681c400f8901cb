namespace BatchesApi.Access.RateLimiting;

/// <summary>Limits the requests of each credential, and of each network address without one (specification, section 6).</summary>
internal sealed class RequestLimiter(RateLimitOptions options, RateLimitStore counter)
{
    /// <summary>Counts a request.</summary>
    /// <returns>How it stands to the quotas; null where requests are not limited.</returns>
    public ValueTask<LimitResult?> AcquireStandardAsync(HttpContext context) =>
        options.Enabled ? AcquireAsync(context, PartitionKey(context), options.Standard) : default;

    /// <summary>Counts a request that takes many resources as such.</summary>
    /// <returns>How it stands to the quotas; null where requests are not limited.</returns>
    public ValueTask<LimitResult?> AcquireIntensiveAsync(HttpContext context) =>
        options.Enabled ? AcquireAsync(context, $"intensive:{PartitionKey(context)}", options.Intensive) : default;

    /// <summary>What is left of the quotas for requests that take many resources; none where requests are not limited.</summary>
    public async ValueTask<IReadOnlyList<QuotaState>> PeekIntensiveAsync(HttpContext context) =>
        options.Enabled ? (await counter.PeekAsync($"intensive:{PartitionKey(context)}", options.Intensive)).States : [];

    /// <summary>Counts a request of an unknown credential against its network address, before the credential is looked up. The response does not show
    /// it until <see cref="AddHeaders"/>: the caller may turn out to be valid.</summary>
    /// <returns>The state of the quotas; null if requests are not limited.</returns>
    public async ValueTask<LimitResult?> AcquireUnknownAsync(HttpContext context) =>
        options.Enabled ? await counter.AcquireAsync(Address(context), options.Standard) : null;

    /// <summary>Removes a request that <see cref="AcquireUnknownAsync"/> counted: its credential is valid and has quotas of its own.</summary>
    public ValueTask ReturnUnknownAsync(HttpContext context, LimitResult counted) => counter.ReturnAsync(Address(context), counted);

    /// <summary>Adds the state of quotas to the response.</summary>
    public static void AddHeaders(HttpContext context, LimitResult result) => RateLimitHeaders.FromContext(context).Add(result, context.Response);

    private ValueTask<LimitResult?> AcquireAsync(HttpContext context, string partitionKey, IReadOnlyList<Quota> quotas)
    {
        // Without Redis nothing waits, and this is on the way of every request.
        var taken = counter.AcquireAsync(partitionKey, quotas);
        if (!taken.IsCompletedSuccessfully)
            return AddHeadersAsync(context, taken);
        var result = taken.Result;
        AddHeaders(context, result);
        return new(result);
    }

    private static async ValueTask<LimitResult?> AddHeadersAsync(HttpContext context, ValueTask<LimitResult> taken)
    {
        var result = await taken;
        AddHeaders(context, result);
        return result;
    }

    private static string PartitionKey(HttpContext context) => context.Features.Get<Caller>() is { } caller ? caller.CredentialId : Address(context);

    private static string Address(HttpContext context) => $"address:{ClientAddress.FromContext(context)}";
}
