namespace BatchesApi.Lists;

/// <summary>A page has more bytes than a page may have.</summary>
/// <param name="maxBytes">Maximum size of a page in bytes.</param>
/// <param name="fitting">Number of its records that fit.</param>
internal sealed class PageTooLargeException(long maxBytes, int fitting) : Exception($"The page is larger than {maxBytes} bytes.")
{
    /// <summary>Maximum size of a page in bytes.</summary>
    public long MaxBytes { get; } = maxBytes;

    /// <summary>Number of the page's records that fit.</summary>
    public int Fitting { get; } = fitting;
}
