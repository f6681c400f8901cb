using BatchesApi.Requests;

namespace BatchesApi.Tests;

/// <summary>Faults as the sentences that they make with the names that they stand under.</summary>
internal static class FaultLines
{
    public static IEnumerable<string> Lines(this Faults faults) =>
        faults.SelectMany(fault => fault.Value.Select(message => $"{fault.Key} {message}"));

    public static IEnumerable<string> Names(this Faults faults) => faults.Select(fault => fault.Key);
}
