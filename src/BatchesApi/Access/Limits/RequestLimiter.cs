namespace BatchesApi.Access.Limits;

/// <summary>Limits the requests of each credential, and of each network address without one (contract, section 6).</summary>
internal sealed class RequestLimiter(LimitSettings settings, RequestCounter counter)
{
    /// <summary>Counts a request.</summary>
    /// <returns>How it stands to the quotas; null where requests are not limited.</returns>
    public ValueTask<LimitResult?> TakeStandardAsync(HttpContext context) =>
        settings.Enabled ? TakeAsync(context, Who(context), settings.Standard) : default;

    /// <summary>Counts a request that takes many resources as such.</summary>
    /// <returns>How it stands to the quotas; null where requests are not limited.</returns>
    public ValueTask<LimitResult?> TakeIntensiveAsync(HttpContext context) =>
        settings.Enabled ? TakeAsync(context, $"intensive:{Who(context)}", settings.Intensive) : default;

    /// <summary>What is left of the quotas for requests that take many resources; none where requests are not limited.</summary>
    public async ValueTask<IReadOnlyList<QuotaState>> LookIntensiveAsync(HttpContext context) =>
        settings.Enabled ? (await counter.LookAsync($"intensive:{Who(context)}", settings.Intensive)).States : [];

    /// <summary>Counts a request of an unknown credential against its network address, before the credential is looked up. The response does not show
    /// it until <see cref="Show"/>: the caller may turn out to be valid.</summary>
    /// <returns>The state of the quotas; null if requests are not limited.</returns>
    public async ValueTask<LimitResult?> TakeUnknownAsync(HttpContext context) =>
        settings.Enabled ? await counter.TakeAsync(Address(context), settings.Standard) : null;

    /// <summary>Removes a request that <see cref="TakeUnknownAsync"/> counted: its credential is valid and has quotas of its own.</summary>
    public ValueTask GiveBackUnknownAsync(HttpContext context, LimitResult counted) => counter.GiveBackAsync(Address(context), counted);

    /// <summary>Adds the state of quotas to the response.</summary>
    public static void Show(HttpContext context, LimitResult result) => RequestLimits.Of(context).Add(result, context.Response);

    private ValueTask<LimitResult?> TakeAsync(HttpContext context, string who, IReadOnlyList<Quota> quotas)
    {
        // Without Redis nothing waits, and this is on the way of every request.
        var taken = counter.TakeAsync(who, quotas);
        if (!taken.IsCompletedSuccessfully)
            return ShowAsync(context, taken);
        var result = taken.Result;
        Show(context, result);
        return new(result);
    }

    private static async ValueTask<LimitResult?> ShowAsync(HttpContext context, ValueTask<LimitResult> taken)
    {
        var result = await taken;
        Show(context, result);
        return result;
    }

    private static string Who(HttpContext context) => context.Features.Get<Caller>() is { } caller ? caller.CredentialId : Address(context);

    private static string Address(HttpContext context) => $"address:{ClientAddress.Of(context)}";
}
