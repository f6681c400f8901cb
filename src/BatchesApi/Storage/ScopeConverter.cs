using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BatchesApi.Storage;

/// <summary>Keeps scopes as the words that operators use.</summary>
internal sealed class ScopeConverter() : ValueConverter<Scope, string>(
    scope => scope.ToText(), text => Scopes.Parse(text));
