namespace BatchesApi.Load;

/// <summary>Medians.</summary>
internal static class Median
{
    /// <summary>The median of values, of which there is one at least.</summary>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
