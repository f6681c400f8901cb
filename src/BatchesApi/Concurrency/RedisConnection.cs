using StackExchange.Redis;

namespace BatchesApi.Concurrency;

/// <summary>The Redis that several servers share. It may start later, or fail: no request waits for it longer than
/// <see cref="Timeout"/>.</summary>
/// <param name="configuration">A StackExchange.Redis configuration.</param>
internal sealed class RedisConnection(string configuration) : IDisposable
{
    /// <summary>Maximum time to wait for a response. The timeouts of the client are late: it checks them once a second.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    /// <summary>An attempt that fails is repeated.</summary>
    private readonly Lazy<ConnectionMultiplexer> _multiplexer =
        new(() => Connect(configuration), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The database, for commands. They throw <see cref="RedisException"/> if it is unavailable.</summary>
    public IDatabase Database => _multiplexer.Value.GetDatabase();

    /// <summary>Connects before the first request would have to.</summary>
    public void WarmUp() => _ = _multiplexer.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_multiplexer.IsValueCreated)
            _multiplexer.Value.Dispose();
    }

    private static ConnectionMultiplexer Connect(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = options.SyncTimeout = options.ConnectTimeout = (int)Timeout.TotalMilliseconds;

        // Keep the reason in the log short.
        options.IncludeDetailInExceptions = false;
        return ConnectionMultiplexer.Connect(options);
    }
}
