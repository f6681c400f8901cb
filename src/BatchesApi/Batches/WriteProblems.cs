using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

/// <summary>The problems that the outcomes of writes stand for.</summary>
internal static class WriteProblems
{
    private static readonly Problem CodeTaken = new(
        ProblemCode.BatchCodeTaken, "Another active batch of this account has this batchCode. Choose another.");

    private static readonly Problem HiddenCodeTaken = new(
        ProblemCode.BatchCodeTaken,
        "A batch of this account that this credential cannot see has this batchCode. Choose another. Nothing was created.");

    private static readonly Problem HiddenCodesTaken = new(
        ProblemCode.BatchCodeTaken,
        "Batches of this account that this credential cannot see have one or more of these batchCodes. Nothing was created.");

    private static readonly Problem OutsidePolicy = new(
        ProblemCode.OutsidePolicy,
        "The batch would not match the policy of this credential (see GET /api/v2/keys/me). Nothing was changed.");

    private static readonly Problem KeyReused = new(
        ProblemCode.IdempotencyKeyReused,
        "This credential used this Idempotency-Key for a request with another method, path or body. Use a new key. Nothing was changed.");

    private static readonly Problem KeyInFlight = new(
        ProblemCode.IdempotencyKeyInFlight, "A request with this Idempotency-Key is still in progress. Send this one again in a moment.");

    /// <summary>Null if the write succeeded.</summary>
    /// <param name="result">The result of the write.</param>
    /// <param name="isArray">Whether the request was an array: problems then name its items.</param>
    public static Problem? Find(WriteResult result, bool isArray = false) => result.Outcome switch
    {
        WriteOutcome.Done or WriteOutcome.Replayed => null,
        WriteOutcome.CodeTaken when isArray && result.RejectedIndexes.Count > 0 => RejectItems(
            ProblemCode.BatchCodeTaken,
            "The batchCodes of the items named in 'errors' are taken; nothing was created.",
            result,
            $".{BatchFields.BatchCode.Name}",
            "is the code of another batch of this account."),
        WriteOutcome.CodeTaken => CodeTaken,
        WriteOutcome.HiddenCodeTaken => isArray ? HiddenCodesTaken : HiddenCodeTaken,
        WriteOutcome.OutsidePolicy when isArray => RejectItems(
            ProblemCode.OutsidePolicy,
            "The items named in 'errors' do not match the policy of this credential (see GET /api/v2/keys/me); nothing was created.",
            result,
            "",
            "does not match the policy."),
        WriteOutcome.OutsidePolicy => OutsidePolicy,
        WriteOutcome.VersionDiffers => Problem.VersionDiffers(result.Version!.Value, result.Changed),
        WriteOutcome.KeyReused => KeyReused,
        WriteOutcome.KeyInFlight => KeyInFlight,
        _ => Problem.BatchNotFound,
    };

    private static Problem RejectItems(ProblemCode code, string detail, WriteResult result, string member, string error)
    {
        var errors = new ValidationErrors();
        foreach (var i in result.RejectedIndexes)
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"[{i}]{member}"), error);
        return new Problem(code, detail, errors);
    }
}
