using BatchesApi.Model;

namespace BatchesApi.Requests;

/// <summary>The bare names in the parameter <c>fields</c>: the fields that an answer keeps (contract, sections 2 and 3).</summary>
internal static class KeptFields
{
    /// <summary>Reads the parameter; every field is kept where it was not given, and <c>id</c> always.</summary>
    public static FieldSet Read(QueryParameter? parameter, Faults faults)
    {
        if (parameter is not { } given)
            return FieldSet.All;
        var kept = new FieldSet().With(BatchFields.Id);
        foreach (var name in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            if (BatchFields.NamedInAnyCase(name) is { } field)
                kept = kept.With(field);
            else
                faults.Add(given.Name, $"names '{name}', which is not a field of a batch.{Suggestion.For(name, BatchFields.All.Select(f => f.Name))}");
        }
        return kept;
    }
}
