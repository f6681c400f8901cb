using System.Diagnostics;
using System.Globalization;
using BatchesApi.Domain;

namespace BatchesApi.Hosting.Telemetry;

/// <summary>Adds the header <c>Server-Timing</c> with the phases of the request that took place before the response.</summary>
internal sealed class ServerTimingMiddleware(RequestDelegate next, PhaseTimer timer)
{
    private const string Header = "Server-Timing";

    public async Task InvokeAsync(HttpContext context)
    {
        var times = timer.Begin();
        context.Response.OnStarting(
            static state =>
            {
                var (times, response) = ((PhaseTimes, HttpResponse))state;
                if (times.ToString() is { Length: > 0 } phases)
                    response.Headers[Header] = phases;
                return Task.CompletedTask;
            },
            (times, context.Response));
        await next(context);
    }
}

/// <summary>Measures the phases of requests.</summary>
internal sealed class PhaseTimer : IDisposable
{
    private readonly AsyncLocal<PhaseTimes?> _current = new();
    private readonly ActivityListener _listener;

    public PhaseTimer()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RequestPhase.SourceName,
            Sample = (ref _) => ActivitySamplingResult.PropagationData,
            ActivityStopped = phase => _current.Value?.Add(phase),
        };
        ActivitySource.AddActivityListener(_listener);
        RequestPhase.IsTimed = true;
    }

    /// <summary>Begins a request, for as long as the method of the caller runs.</summary>
    public PhaseTimes Begin() => _current.Value = new PhaseTimes();

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}

/// <summary>The times of the phases of one request. A phase that takes place several times counts with their sum.</summary>
internal sealed class PhaseTimes
{
    private readonly double[] _milliseconds = new double[RequestPhase.All.Count];

    public void Add(Activity phase)
    {
        for (var i = 0; i < _milliseconds.Length; i++)
        {
            if (RequestPhase.All[i] == phase.OperationName)
                _milliseconds[i] += phase.Duration.TotalMilliseconds;
        }
    }

    /// <summary>The value of the header; empty if there was no phase.</summary>
    public override string ToString() => string.Join(
        ", ",
        _milliseconds.Select((milliseconds, i) => (Phase: RequestPhase.All[i], Milliseconds: milliseconds))
            .Where(time => time.Milliseconds > 0)
            .Select(time => string.Create(CultureInfo.InvariantCulture, $"{time.Phase};dur={time.Milliseconds:0.###}")));
}
