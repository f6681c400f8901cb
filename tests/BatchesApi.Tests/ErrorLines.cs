using BatchesApi.Domain;

namespace BatchesApi.Tests;

/// <summary>Errors as lines: the name and the message.</summary>
internal static class ErrorLines
{
    public static IEnumerable<string> Lines(this ValidationErrors errors) =>
        errors.SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"));

    public static IEnumerable<string> Names(this ValidationErrors errors) => errors.Select(error => error.Key);
}
