using BatchesApi.Domain;

namespace BatchesApi.ApiTests;

/// <summary>The oracle does not follow the catalogue, so a new field could be missing from the tests that use it.</summary>
public sealed class OracleTests
{
    [Fact]
    public void The_oracle_sorts_by_every_sortable_field() => Assert.Equal(
        BatchFields.Sortable(deleted: true).Select(field => field.Name).Order(StringComparer.Ordinal),
        Oracle.Sortable.Order(StringComparer.Ordinal));
}
