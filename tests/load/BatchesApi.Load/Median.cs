namespace BatchesApi.Load;

/// <summary>Medians.</summary>
internal static class Median
{
    /// <summary>The median of one or more values.</summary>
    public static double From(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
