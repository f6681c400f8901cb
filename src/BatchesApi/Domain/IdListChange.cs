namespace BatchesApi.Domain;

/// <summary>A change of an array of ids: removes elements, then adds those that are not in it at the end, each once (specification,
/// section 2.1).</summary>
/// <param name="Add">The elements to add, without duplicates and none of them in <paramref name="Remove"/>.</param>
/// <param name="Remove">The elements to remove.</param>
internal sealed record IdListChange(string[] Add, string[] Remove);
