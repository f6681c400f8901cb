using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace BatchesApi.Tests.Lists;

/// <summary>Random parameters of pieces that parsers and advice look at. Advice is itself checked by the parsers, so that a mistake in it
/// could recurse without end.</summary>
public sealed class RandomListParametersTests
{
    private const int Cases = 20_000;

    private const int MaxPieces = 12;

    private static readonly string[] Pieces =
    [
        "rating", "assignee", "leadIds", "dueDate", "_id", "colour", "eq", "gte", "in", "nin", "between", "like", "regex", "exists",
        "isNull", "not", "contains", ":", ":", ":", "|", ",", ",", " ", " ", "=", ">", "<", "!", "-", "+", "*", "%", "^", "$", "(", ")",
        "[", "]", "[]", "[0]", "{", "}", "\"", "\"", "'", "\\", "3", "1e999", "null", "true", "amy", "2026-12-01", "T09:30:00Z", "$gte",
        "$in", "$regex", "$or", "$not", "$contains", "{\"rating\":", "{\"$or\":[", "\"a\"", "desc", "asc", "_", ".", "", "\0", "\uD800",
        "é", "\u0301",
    ];

    private static readonly string[] Names =
    [
        "fields", "p", "q", "sortBy", "order", "limit", "page", "cursor", "count", "p[", "p[rating]", "p[$or]", "filter", "where", "sort",
        "select", "exclude", "offset", "dir", "ids", "rating", "assignee", "per_page", "search", "total",
    ];

    [Fact]
    public void Random_parameters_are_parsed_or_rejected_with_advice()
    {
        var random = new Random(42);
        for (var i = 0; i < Cases; i++)
        {
            var query = new QueryCollection(Enumerable.Range(0, random.Next(1, 4))
                .Select(_ => KeyValuePair.Create(Name(random), new StringValues(Text(random))))
                .DistinctBy(parameter => parameter.Key, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(StringComparer.OrdinalIgnoreCase));
            var errors = new ValidationErrors();
            var parameters = QueryParameters.Parse(
                query,
                ListRequest.Names,
                strict: true,
                errors,
                new ParameterPointers(query.Keys, name => query[name], ListRequest.Names).Get);
            var plan = ListPlanner.Plan(
                ListRequest.Parse(parameters, errors), Plans.Account, Condition.Always, Plans.Values, deleted: false, errors);
            Assert.True(errors.HasErrors || plan.Order.Count > 0);
            Assert.All(errors.Lines(), line => Assert.True(line[^1] is '.' or '?', line));
        }
    }

    private static string Name(Random random) => random.Next(3) == 0
        ? Names[random.Next(Names.Length)] + Text(random)
        : Names[random.Next(Names.Length)];

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(MaxPieces)).Select(_ => Pieces[random.Next(Pieces.Length)]));
}
