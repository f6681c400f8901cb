using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Changes;

/// <summary>A client that follows changes, during one request. The credential is checked again after each wait, because it may have been
/// revoked or changed.</summary>
internal sealed class FeedSession(HttpContext context, ChangeServices services, ChangeRequest request) : IDisposable
{
    /// <summary>Maximum size in bytes of a page of a stream, which a slow client may keep in memory without a permit.</summary>
    private const long MaxStreamBytes = 1024 * 1024;

    private Caller _caller = Caller.FromContext(context);
    private FeedPosition? _position = request.From;
    private IDisposable? _listPermit;

    /// <summary>Whether the client begins with the changes from now on.</summary>
    public bool IsNew => _position is null && !request.IsStart;

    public int AccountId => _caller.AccountId;

    public TimeProvider Clock => services.Clock;

    /// <summary>Requested when the client disconnects.</summary>
    public CancellationToken Aborted => context.RequestAborted;

    public ValueTask BeginWaitAsync() => services.Concurrency.BeginWaitAsync(context);

    /// <summary>The page of a client that begins now.</summary>
    public async Task<ChangePage> ReadNowAsync()
    {
        _position = await services.Reader.FindNowAsync(AccountId, Aborted);
        return new ChangePage([], _position, HasMore: false);
    }

    /// <summary>Reads the next page of a stream. It does not count as a list while it is sent: the client decides how long that
    /// takes.</summary>
    /// <inheritdoc cref="ReadAsync(long)" path="/returns"/>
    public async Task<ChangePage?> ReadSmallAsync()
    {
        var page = await ReadAsync(MaxStreamBytes);
        EndPage();
        return page;
    }

    /// <summary>Reads the next page. It counts as a list until the next wait, or until the response is sent.</summary>
    /// <returns>The page, or null if changes after the position are no longer kept.</returns>
    public Task<ChangePage?> ReadAsync() => ReadAsync(services.Lists.MaxPageBytes);

    private async Task<ChangePage?> ReadAsync(long maxBytes)
    {
        _listPermit ??= await services.Concurrency.AcquireListAsync(context);
        var feed = request.ToFeedRequest(_caller, services.Clock.GetUtcNowMicroseconds(), maxBytes);
        var page = await services.Reader.ReadAsync(feed, _position, Aborted);
        _position = page?.Next;
        return page;
    }

    private void EndPage()
    {
        _listPermit?.Dispose();
        _listPermit = null;
    }

    /// <inheritdoc/>
    public void Dispose() => EndPage();

    /// <summary>Waits for a change.</summary>
    /// <returns>Whether to read again; false if the time is over, the server stops, or the credential is no longer valid.</returns>
    public async Task<bool> WaitAsync(TimeSpan timeout)
    {
        EndPage();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(Aborted, services.Lifetime.ApplicationStopping);
        try
        {
            if (!await services.Monitor.WaitAsync(AccountId, _position!.After.Position, timeout, wait.Token))
                return false;
        }
        catch (OperationCanceledException) when (!Aborted.IsCancellationRequested)
        {
            return false;
        }
        return await IsValidAsync();
    }

    /// <summary>Whether the client may continue: its credential is valid, and the server is not stopping.</summary>
    public async Task<bool> IsValidAsync()
    {
        if (services.Lifetime.ApplicationStopping.IsCancellationRequested)
            return false;
        var token = BearerAuthentication.GetToken(context.Request)!;
        var caller = services.Credentials.GetCached(token) ?? await services.Credentials.FindAsync(token, Aborted);
        if (caller is null)
            return false;
        _caller = caller;
        return true;
    }
}
