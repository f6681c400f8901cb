using System.Diagnostics;

namespace BatchesApi.Domain;

/// <summary>The phases of a request, as spans. They cost nothing until something listens.</summary>
internal static class RequestPhase
{
    /// <summary>The access middleware: credential, rate limits and scope.</summary>
    public const string Auth = "auth";

    /// <summary>Parsing and validating the parameters or the body, once it has arrived.</summary>
    public const string Parse = "parse";

    /// <summary>Planning a list.</summary>
    public const string Plan = "plan";

    /// <summary>Reading from the database, including the wait for a connection.</summary>
    public const string Query = "query";

    /// <summary>Writing to the database, including the wait for a connection.</summary>
    public const string Write = "write";

    public const string SourceName = "BatchesApi";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>All phases, in the order in which a request passes through them.</summary>
    public static IReadOnlyList<string> All { get; } = [Auth, Parse, Plan, Query, Write];

    /// <summary>Whether the phases of all requests are measured, not only of those whose trace is recorded. The SDK would decide for
    /// each phase again whether it is sampled, which takes longer than most phases.</summary>
    public static bool IsTimed { get; set; }

    /// <summary>Starts the span of a request whose trace is recorded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parent">The span of the client; the default value if the client sent none.</param>
    /// <returns>The span, which ends when it is disposed; null if nothing listens.</returns>
    public static Activity? StartRequest(string name, ActivityContext parent) =>
        Source.StartActivity(name, ActivityKind.Server, parent);

    /// <summary>Starts a phase of the current request.</summary>
    /// <returns>The span, which ends when it is disposed; null if nothing listens, or outside of requests.</returns>
    public static Activity? Start(string phase) => Activity.Current is { } request && (request.Recorded || IsTimed)
        ? Source.StartActivity(phase)
        : null;
}
