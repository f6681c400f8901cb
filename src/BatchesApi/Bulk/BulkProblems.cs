using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Bulk;

/// <summary>The problems that the outcomes of bulk writes stand for.</summary>
internal static class BulkProblems
{
    public static Problem ChangeNotFound { get; } = new(
        ProblemCode.ChangeNotFound,
        "There is no change with this id here. Use the changeId of a response or of a history entry, unless it is older than the history.");

    /// <param name="result">The result of the write.</param>
    /// <param name="expected">The number of batches that had to match, or null.</param>
    /// <returns>The problem; null if the write succeeded.</returns>
    public static Problem? Find(WriteResult result, long? expected) => result.Outcome switch
    {
        WriteOutcome.Done or WriteOutcome.Replayed => null,
        WriteOutcome.NotFound => RejectIds(result.Bulk!.UnknownIds),
        WriteOutcome.TooManyMatched => TooManyMatched(result.Bulk!.Matched),
        WriteOutcome.CountDiffers => CountDiffers(result.Bulk!.Matched, expected!.Value),
        WriteOutcome.CodeTaken => RejectCodes(result.Bulk?.Conflicts ?? []),
        WriteOutcome.OutsidePolicy => WriteProblems.OutsidePolicy,
        WriteOutcome.ListTooLong => WriteProblems.RejectLists(result.TooLongLists, "set."),
        WriteOutcome.KeyReused => WriteProblems.RejectKey("another request"),
        WriteOutcome.KeyInFlight => WriteProblems.KeyInFlight,
        _ => throw new ArgumentOutOfRangeException(nameof(result), result.Outcome, null),
    };

    public static Problem TooManyMatched(long matched) => WithMatched(ProblemCode.TooManyMatched, matched, string.Create(
        CultureInfo.InvariantCulture,
        $"{matched:N0} batches match, but at most {BulkTarget.MaxMatched:N0} can be changed together. Narrow 'where'."));

    public static Problem CountDiffers(long matched, long expected) => WithMatched(ProblemCode.CountDiffers, matched, string.Create(
        CultureInfo.InvariantCulture, $"{matched:N0} batches match, but 'expect' is {expected:N0}."));

    private static Problem RejectIds(IReadOnlyList<string> ids)
    {
        var errors = new ValidationErrors();
        foreach (var id in ids)
            errors.Add("ids", $"there is no batch with the id '{Utf16.Shorten(id, 64)}' here.");
        return errors.HasErrors
            ? new Problem(
                ProblemCode.BatchNotFound,
                "Some of the batches do not exist here; 'errors' names up to 100 of them. Nothing was changed.",
                errors)
            : new Problem(
                ProblemCode.BatchNotFound,
                "Some of the batches did not exist here when the request was processed. Send it again. Nothing was changed.");
    }

    private static Problem RejectCodes(IReadOnlyList<CodeConflict> conflicts)
    {
        var errors = new ValidationErrors();
        foreach (var (id, code, holder, isSelected) in conflicts)
        {
            errors.Add(id, holder is null ? $"its code '{code}' is the code of a batch that this credential cannot see."
                : isSelected ? $"its code '{code}' is also the code of batch {holder}, which is to be restored, too."
                : $"its code '{code}' is the code of batch {holder}.");
        }
        return new Problem(
            ProblemCode.BatchCodeTaken,
            errors.HasErrors
                ? "Other batches have the codes of the batches named in 'errors', up to 100. Change these codes, or leave these batches "
                    + "out. Nothing was changed."
                : "Another batch had the code of one of the batches when the request was processed. Send it again. Nothing was changed.",
            errors.HasErrors ? errors : null);
    }

    private static Problem WithMatched(ProblemCode code, long matched, string detail) => new(code, $"{detail} Nothing was changed.")
    {
        Extensions = new JsonObject { ["matched"] = matched },
    };
}
