using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Finds fields by the names that list parameters accept: those of the catalogue, and MongoDB's name of the id (specification,
/// section 3.1).</summary>
internal static class FieldNames
{
    private const string MongoId = "_id";

    /// <summary>Finds a field by its case-sensitive name, for <c>p</c>.</summary>
    public static Field? Find(string name) => name == MongoId ? BatchFields.Id : BatchFields.Find(name);

    /// <summary>Finds a field by its case-insensitive name, for the other parameters.</summary>
    public static Field? FindIgnoringCase(string name) =>
        name.Equals(MongoId, StringComparison.OrdinalIgnoreCase) ? BatchFields.Id : BatchFields.FindIgnoringCase(name);

    /// <summary>" Did you mean '…'?" for an unknown name, or an empty string.</summary>
    public static string Suggest(string name) => Suggestion.For(name, BatchFields.All.Select(field => field.Name));
}
