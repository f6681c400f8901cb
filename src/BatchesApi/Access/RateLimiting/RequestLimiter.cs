namespace BatchesApi.Access.RateLimiting;

/// <summary>Limits the requests of each credential, and of each network address without a credential (specification, section 6).</summary>
internal sealed class RequestLimiter(RateLimitOptions options, RateLimitStore store)
{
    /// <summary>Counts a request.</summary>
    /// <returns>The result, or null if requests are not limited.</returns>
    public ValueTask<RateLimitResult?> AcquireStandardAsync(HttpContext context) =>
        options.Enabled ? AcquireAsync(context, GetPartitionKey(context), options.Standard) : default;

    /// <summary>Counts a request against the quotas of resource-intensive requests.</summary>
    /// <returns>The result, or null if requests are not limited.</returns>
    public ValueTask<RateLimitResult?> AcquireIntensiveAsync(HttpContext context) =>
        options.Enabled ? AcquireAsync(context, $"intensive:{GetPartitionKey(context)}", options.Intensive) : default;

    /// <summary>Returns the quotas of resource-intensive requests; empty if requests are not limited.</summary>
    public async ValueTask<IReadOnlyList<QuotaState>> PeekIntensiveAsync(HttpContext context) =>
        options.Enabled ? (await store.PeekAsync($"intensive:{GetPartitionKey(context)}", options.Intensive)).States : [];

    /// <summary>Counts a request with an unknown credential against its network address, before the look-up. It adds no headers, because
    /// the credential may be valid: see <see cref="AddHeaders"/>.</summary>
    /// <returns>The result, or null if requests are not limited.</returns>
    public async ValueTask<RateLimitResult?> AcquireUnknownAsync(HttpContext context) =>
        options.Enabled ? await store.AcquireAsync(GetAddressKey(context), options.Standard) : null;

    /// <summary>Removes a request that <see cref="AcquireUnknownAsync"/> counted, because its credential is valid.</summary>
    public ValueTask ReturnUnknownAsync(HttpContext context, RateLimitResult counted) => store.ReturnAsync(GetAddressKey(context), counted);

    public static void AddHeaders(HttpContext context, RateLimitResult result) =>
        RateLimitHeaders.FromContext(context).Add(result, context.Response);

    private ValueTask<RateLimitResult?> AcquireAsync(HttpContext context, string partitionKey, IReadOnlyList<Quota> quotas)
    {
        // Without Redis this completes synchronously: avoid the state machine on the hot path.
        var acquired = store.AcquireAsync(partitionKey, quotas);
        if (!acquired.IsCompletedSuccessfully)
            return AddHeadersAsync(context, acquired);
        var result = acquired.Result;
        AddHeaders(context, result);
        return new(result);
    }

    private static async ValueTask<RateLimitResult?> AddHeadersAsync(HttpContext context, ValueTask<RateLimitResult> acquired)
    {
        var result = await acquired;
        AddHeaders(context, result);
        return result;
    }

    private static string GetPartitionKey(HttpContext context) =>
        context.Features.Get<Caller>() is { } caller ? caller.CredentialId : GetAddressKey(context);

    private static string GetAddressKey(HttpContext context) => $"address:{ClientAddress.FromContext(context)}";
}
