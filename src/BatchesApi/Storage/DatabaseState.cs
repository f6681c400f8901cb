namespace BatchesApi.Storage;

/// <summary>Whether the database can be used, as the server last found it. Requests ask for it, so reading it costs nothing.</summary>
internal sealed class DatabaseState
{
    /// <summary>What holds until the database has been checked for the first time.</summary>
    public const string NotChecked = "The server has not reached its database yet. Wait a moment.";

    private readonly TaskCompletionSource _usable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Restriction? _restriction = new(NotChecked, WritesOnly: false);

    /// <summary>What is refused at the moment, and why; null if nothing is.</summary>
    public Restriction? Restriction => _restriction;

    /// <summary>Whether nothing may be written at the moment.</summary>
    public bool RefusesWrites => _restriction is not null;

    /// <summary>Refuses all requests.</summary>
    /// <param name="reason">Why, for clients and operators.</param>
    public void Refuse(string reason) => _restriction = new Restriction(reason, WritesOnly: false);

    /// <summary>Allows requests, except for writes if there is a reason against them.</summary>
    /// <param name="reasonAgainstWrites">The reason; null if there is none.</param>
    public void Allow(string? reasonAgainstWrites)
    {
        if (_restriction is not { WritesOnly: true } || _restriction.Reason != reasonAgainstWrites)
            _restriction = reasonAgainstWrites is null ? null : new Restriction(reasonAgainstWrites, WritesOnly: true);
        _usable.TrySetResult();
    }

    /// <summary>Waits until the database was found usable for the first time: before that no session may be opened that changes settings.</summary>
    public Task WaitUntilUsableAsync(CancellationToken cancellation) => _usable.Task.WaitAsync(cancellation);
}

/// <summary>What the server refuses because of its database.</summary>
/// <param name="Reason">Why, for clients and operators.</param>
/// <param name="WritesOnly">Whether reads are still served.</param>
internal sealed record Restriction(string Reason, bool WritesOnly);
