using System.Globalization;
using System.Threading.RateLimiting;
using BatchesApi.Concurrency;
using BatchesApi.Http;

namespace BatchesApi.Access.RateLimiting;

/// <summary>Limits wrong passwords, even if requests are not limited (specification, section 6). Sign-ins from one network address run one
/// after the other, so that the limits are exact and one address cannot occupy the password hashing of all others.</summary>
internal sealed class SignInLimiter(RateLimitStore store, TimeProvider clock) : IDisposable
{
    /// <summary>Maximum number of waiting sign-ins from one network address.</summary>
    public const int QueueLimit = 64;

    /// <summary>Failed sign-ins with an e-mail address in a minute before further ones are delayed: users mistype.</summary>
    private const int FreeFailures = 3;

    private const int MaxDoublings = 4;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Maximum time that a sign-in waits for its turn.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Failures from one network address.</summary>
    private static readonly Quota[] ByAddress = [new("sign-in-address", 30, Window)];

    /// <summary>Failures with one e-mail address from one network address.</summary>
    private static readonly Quota[] ByEmailAndAddress = [new("sign-in", 10, Window)];

    /// <summary>Failures with one e-mail address from all network addresses, which only delay sign-ins: otherwise strangers could lock out
    /// a user.</summary>
    private static readonly Quota[] ByEmail = [new("sign-in-email", FreeFailures + MaxDoublings, Window)];

    private static readonly Problem Busy = new(
        ProblemCode.RateLimited,
        "Too many sign-ins from this network address are waiting. Try again in a moment.",
        RetryAfter: TimeSpan.FromSeconds(1))
    {
        Limit = "sign-in-queue",
    };

    private readonly PartitionedRateLimiter<string> _turns =
        PartitionedLimiters.CreateOnePerKey<string, string>(address => address, QueueLimit);

    /// <summary>Verifies a password if the limits allow that.</summary>
    /// <param name="address">The network address of the client.</param>
    /// <param name="email">The e-mail address, normalized.</param>
    /// <param name="verify">Verifies the password and returns a result, or null if the password is wrong or the user unknown.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The result, or the problem if the password was not verified, or neither if the password is wrong or the user
    /// unknown.</returns>
    public async Task<(T? Result, Problem? Rejection)> RunAsync<T>(
        string address, string email, Func<CancellationToken, Task<T?>> verify, CancellationToken cancellation)
        where T : class
    {
        using var turn = await _turns.AcquireWithinAsync(address, Timeout, clock, cancellation);
        if (turn is null)
            return (null, Busy);

        var failures = await ForEachLimitAsync(address, email, store.PeekAsync);
        if (failures.FirstOrDefault(limit => limit.Exceeded is not null && limit.Exceeded != ByEmail[0]) is { } exceeded)
            return (null, CreateProblem(exceeded));

        // Right and wrong passwords wait alike, so that the time reveals nothing.
        await Task.Delay(GetDelay(failures[^1]), clock, cancellation);
        var result = await verify(cancellation);

        // A failure counts even if the client has disconnected: otherwise it could try passwords without limit.
        if (result is null)
            await ForEachLimitAsync(address, email, store.AcquireAsync);
        return (result, null);
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private static Task<RateLimitResult[]> ForEachLimitAsync(
        string address, string email, Func<string, IReadOnlyList<Quota>, ValueTask<RateLimitResult>> count) => Task.WhenAll(
        count($"sign-in:address:{address}", ByAddress).AsTask(),
        count($"sign-in:pair:{address} {email}", ByEmailAndAddress).AsTask(),
        count($"sign-in:email:{email}", ByEmail).AsTask());

    /// <summary>The delay of a sign-in: none at first, then twice as long after each failure.</summary>
    private static TimeSpan GetDelay(RateLimitResult failures)
    {
        var doublings = ByEmail[0].Limit - failures.States[0].Remaining - FreeFailures;
        return doublings < 0 ? TimeSpan.Zero : FirstDelay * Math.Pow(2, Math.Min(doublings, MaxDoublings));
    }

    private static Problem CreateProblem(RateLimitResult limit) => new(
        ProblemCode.RateLimited,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The limit '{limit.Exceeded!.Name}' of {limit.Exceeded.Limit} failed sign-ins in {Window.TotalSeconds} s is used up. "
            + $"Try again in {Math.Ceiling(limit.RetryAfter.TotalSeconds)} s."),
        RetryAfter: limit.RetryAfter)
    {
        Limit = limit.Exceeded.Name,
    };
}
