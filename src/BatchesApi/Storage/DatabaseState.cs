namespace BatchesApi.Storage;

/// <summary>Whether the database can be used, as of the last check. Every request reads it, so reading is cheap.</summary>
internal sealed class DatabaseState
{
    /// <summary>The reason until the first check.</summary>
    public const string NotChecked = "The server has not reached its database yet. Wait a moment.";

    private readonly TaskCompletionSource _usable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Restriction? _restriction = new(NotChecked, WritesOnly: false);

    /// <summary>The requests that are refused, and why; null if all are allowed.</summary>
    public Restriction? Restriction => _restriction;

    public bool RefusesWrites => _restriction is not null;

    /// <summary>Refuses all requests.</summary>
    /// <param name="reason">Why, for clients and operators.</param>
    public void Refuse(string reason) => _restriction = new Restriction(reason, WritesOnly: false);

    /// <summary>Allows requests, or only reads if there is a reason against writes.</summary>
    /// <param name="reasonAgainstWrites">The reason, or null.</param>
    public void Allow(string? reasonAgainstWrites)
    {
        if (_restriction is not { WritesOnly: true } || _restriction.Reason != reasonAgainstWrites)
            _restriction = reasonAgainstWrites is null ? null : new Restriction(reasonAgainstWrites, WritesOnly: true);
        _usable.TrySetResult();
    }

    /// <summary>Waits until the database is usable for the first time. Until then, no session may be opened that changes
    /// settings.</summary>
    public Task WaitUntilUsableAsync(CancellationToken cancellation) => _usable.Task.WaitAsync(cancellation);
}

/// <summary>The requests that the server refuses because of its database.</summary>
/// <param name="Reason">Why, for clients and operators.</param>
/// <param name="WritesOnly">Whether reads are still served.</param>
internal sealed record Restriction(string Reason, bool WritesOnly);
