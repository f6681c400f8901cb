using StackExchange.Redis;

namespace BatchesApi.Concurrency;

/// <summary>Sends commands to Redis, which may be unavailable. Reports once that it is, and once that it is available again.</summary>
/// <param name="reportUnavailable">Reports that Redis is unavailable, and why.</param>
/// <param name="reportAvailable">Reports that it is available again.</param>
internal sealed class RedisAvailability(Action<string> reportUnavailable, Action reportAvailable)
{
    private int _isUnavailable;

    /// <summary>Sends a command.</summary>
    /// <returns>Whether Redis responded in time, and its response.</returns>
    public async Task<(bool HasResponded, T? Response)> TryAsync<T>(Func<Task<T>> send)
    {
        try
        {
            var response = await send().WaitAsync(RedisConnection.Timeout);
            if (Interlocked.Exchange(ref _isUnavailable, 0) == 1)
                reportAvailable();
            return (true, response);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            if (Interlocked.Exchange(ref _isUnavailable, 1) == 0)
                reportUnavailable(exception.Message);
            return (false, default);
        }
    }
}
