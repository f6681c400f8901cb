namespace BatchesApi.Concurrency;

/// <summary>A limit on concurrency had no permit free within the time that a request waits.</summary>
/// <param name="options">The limiter's bounds.</param>
/// <param name="isAccountLimit">Whether the caller's own account has them all; otherwise all accounts together have.</param>
internal sealed class ConcurrencyLimitException(FairLimiterOptions options, bool isAccountLimit)
    : Exception($"{options.Resource}: no permit was free within {options.Wait.TotalSeconds} s.")
{
    /// <summary>The limiter's bounds.</summary>
    public FairLimiterOptions Options { get; } = options;

    /// <summary>Whether the caller's own account has all the permits that it may have.</summary>
    public bool IsAccountLimit { get; } = isAccountLimit;
}
