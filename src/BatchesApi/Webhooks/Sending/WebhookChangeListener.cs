using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Webhooks;

namespace BatchesApi.Webhooks.Sending;

/// <summary>Signals new changes of the accounts whose webhooks a server sends. A wait of an account begins where its webhooks have been
/// read to; after a signal, it begins again when they have been read further.</summary>
internal sealed class ChangeWatch(ChangeMonitor monitor, WakeSignal signal, CancellationToken ended)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    private readonly Dictionary<int, Wait> _waits = [];

    /// <summary>Completes when all waits have ended.</summary>
    public Task Completion => Task.WhenAll(_waits.Values.Select(wait => wait.Task));

    public void Update(IEnumerable<LeasedWebhook> webhooks)
    {
        var positions = webhooks
            .Where(webhook => webhook.IsActive)
            .GroupBy(webhook => webhook.Key.AccountId, webhook => webhook.Position)
            .ToDictionary(account => account.Key, account => account.Max());
        foreach (var (accountId, position) in positions)
        {
            if (!_waits.TryGetValue(accountId, out var wait) || (wait.Task.IsCompleted && wait.Since != position))
                _waits[accountId] = new Wait(position, WaitAsync(accountId, position));
        }
        foreach (var accountId in _waits.Keys.Except(positions.Keys).Where(accountId => _waits[accountId].Task.IsCompleted).ToList())
            _waits.Remove(accountId);
    }

    private async Task WaitAsync(int accountId, long since)
    {
        try
        {
            while (!await monitor.WaitAsync(accountId, since, MaxWait, ended))
            {
                // There was no change for a long time.
            }
            signal.Set();
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private sealed record Wait(long Since, Task Task);
}
