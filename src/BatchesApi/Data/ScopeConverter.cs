using BatchesApi.Model;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BatchesApi.Data;

/// <summary>Keeps scopes as the words that operators use.</summary>
internal sealed class ScopeConverter() : ValueConverter<Scope, string>(
    scope => scope.ToText(), text => Scopes.Of(text));
