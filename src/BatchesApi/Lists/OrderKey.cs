using BatchesApi.Domain;

namespace BatchesApi.Lists;

/// <summary>One key of an order.</summary>
/// <param name="Field">The field; sortable.</param>
/// <param name="Descending">Its direction. Records without a value come last in both.</param>
internal readonly record struct OrderKey(Field Field, bool Descending)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {(Descending ? "desc" : "asc")}";
}
