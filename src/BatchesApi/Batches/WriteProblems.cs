using System.Globalization;
using System.Text.Json;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Batches;

/// <summary>The problems that the outcomes of writes stand for.</summary>
/// <param name="Headers">The headers of the request.</param>
/// <param name="Codes">The codes of an array: problems then name its items. Null for a single batch.</param>
/// <param name="RestoredId">The id of the batch to restore; null for other writes.</param>
/// <param name="IsClaim">Whether the write is a claim.</param>
internal readonly record struct WriteProblems(
    IHeaderDictionary Headers, ArrayCodes? Codes = null, string? RestoredId = null, bool IsClaim = false)
{
    private static readonly Problem CodeWasTaken = new(
        ProblemCode.BatchCodeTaken,
        "Another batch had this code when the request was processed, but does not have it anymore. Send the request again. "
        + "Nothing was changed.");

    private static readonly Problem HiddenCodesTaken = new(
        ProblemCode.BatchCodeTaken,
        "Batches of this account that this credential cannot see have one or more of these batchCodes. Nothing was created.");

    public static readonly Problem OutsidePolicy = new(
        ProblemCode.OutsidePolicy,
        $"A batch would not match the policy of this credential (see GET {AccessRoutes.Me}). Nothing was changed.");

    private static readonly Problem LeaseLost = new(
        ProblemCode.LeaseLost,
        "The lease has ended, or the token is not that of the current lease of the batch. Nothing was changed.");

    private static readonly Problem ClaimTooLarge = new(
        ProblemCode.PageTooLarge, "The response would be too large. Claim fewer batches with 'limit'. Nothing was changed.");

    public static readonly Problem KeyInFlight = new(
        ProblemCode.IdempotencyKeyInFlight,
        "A request with this Idempotency-Key is still in progress. Send this one again in a moment, with the same key: it gets its "
        + "response.");

    /// <summary>Null if the write succeeded.</summary>
    public Problem? Find(WriteResult result) => result.Outcome switch
    {
        WriteOutcome.Done or WriteOutcome.Replayed => null,
        WriteOutcome.CodeTaken when result.TakenCodes.Count == 0 => CodeWasTaken,
        WriteOutcome.CodeTaken when Codes is not null => RejectCodes(Codes, result.TakenCodes),
        WriteOutcome.CodeTaken => RejectCode(result.TakenCodes.First()),
        WriteOutcome.OutsidePolicy when Codes is not null => RejectItems(Codes, result.RejectedIndexes),
        WriteOutcome.OutsidePolicy => OutsidePolicy,
        WriteOutcome.Incomplete => RejectIncomplete(result.RejectedIndexes),
        WriteOutcome.ListTooLong => RejectLists(result.TooLongLists, IsClaim ? "set." : ""),
        WriteOutcome.LeaseLost => LeaseLost,
        WriteOutcome.ResponseTooLarge => IsClaim ? ClaimTooLarge : Problem.BulkTooLarge,
        WriteOutcome.VersionDiffers => Problem.VersionDiffers(result.Version!.Value, result.Changed, Headers.IfMatch.ToString()),
        WriteOutcome.KeyReused => RejectKey(result.StoredResponse),
        WriteOutcome.KeyInFlight => KeyInFlight,
        _ => Problem.BatchNotFound,
    };

    private Problem RejectCode(KeyValuePair<string, string?> taken)
    {
        var (code, id) = taken;
        var errors = new ValidationErrors();
        errors.Add(
            BatchFields.BatchCode.Name,
            id is null ? $"'{code}' is the code of a batch that this credential cannot see." : $"'{code}' is the code of batch {id}.");
        var holder = id is null ? "A batch that this credential cannot see" : $"Batch {id}";
        var remedy = (RestoredId, id) switch
        {
            (null, null) => "Choose another code.",
            (null, _) => "Choose another code, or change the code of that batch or delete it.",
            (_, null) => "Its code must be changed, or the batch deleted, before this one can be restored.",
            _ => "Change the code of that batch or delete it, then restore again.",
        };
        return new Problem(
            ProblemCode.BatchCodeTaken,
            $"{holder} has the batchCode '{code}'. {remedy} Nothing was changed.",
            errors);
    }

    private static Problem RejectCodes(ArrayCodes codes, IReadOnlyDictionary<string, string?> taken)
    {
        var errors = new ValidationErrors();
        codes.AddTakenErrors(taken, errors);
        return errors.HasErrors
            ? new Problem(
                ProblemCode.BatchCodeTaken,
                "Other batches have the batchCodes of the items named in 'errors'. Nothing was created.",
                errors)
            : HiddenCodesTaken;
    }

    private static Problem RejectItems(ArrayCodes codes, IReadOnlyList<int> indexes)
    {
        var errors = new ValidationErrors();
        foreach (var i in indexes)
            errors.Add(codes.GetName(i), "does not match the policy.");
        return new Problem(
            ProblemCode.OutsidePolicy,
            $"The items named in 'errors' do not match the policy of this credential (see GET {AccessRoutes.Me}). Nothing was changed.",
            errors);
    }

    /// <summary>The problem of new batches without a field that existing ones need not pass.</summary>
    private Problem RejectIncomplete(IReadOnlyList<int> indexes)
    {
        var errors = new ValidationErrors();
        foreach (var i in indexes)
        {
            var item = Codes is null ? "" : $"{Codes.GetName(i)}.";
            errors.Add($"{item}{BatchFields.BatchType.Name}", ArrayCodes.TypeOfNewBatch);
        }
        return Problem.InvalidBody(errors);
    }

    /// <summary>The problem of arrays that would be too long after a change.</summary>
    /// <param name="lists">The numbers of items by field.</param>
    /// <param name="prefix">The path of the fields in the body.</param>
    public static Problem RejectLists(IReadOnlyDictionary<Field, int> lists, string prefix = "")
    {
        var errors = new ValidationErrors();
        foreach (var (field, count) in lists)
        {
            errors.Add($"{prefix}{field.Name}", string.Create(
                CultureInfo.InvariantCulture, $"would have {count:N0} items after the change, but may have at most {field.MaxItems:N0}."));
        }
        return Problem.InvalidBody(errors);
    }

    /// <summary>Describes the earlier request by its response.</summary>
    private Problem RejectKey(StoredResponse? earlier)
    {
        var earlierId = earlier is { Status: StatusCodes.Status200OK } ? ReadId(earlier) : null;
        var request = earlier switch
        {
            { Status: StatusCodes.Status201Created } when IsClaim || RestoredId is not null => "a create",
            { Status: StatusCodes.Status201Created } => "a request to the same address with another body",
            _ when earlierId is null => "another request",
            _ when earlierId == RestoredId => "a request to the same address with another body",
            _ => $"the restore of batch {earlierId}, or an update of it by its code",
        };
        return RejectKey(request);
    }

    /// <summary>The problem of an idempotency key that was used for something else.</summary>
    public static Problem RejectKey(string earlierRequest) => new(
        ProblemCode.IdempotencyKeyReused,
        $"This credential used this Idempotency-Key for {earlierRequest}. Use a new key for each operation, and repeat a request byte for "
        + "byte. Nothing was changed.");

    private static string? ReadId(StoredResponse response)
    {
        using var json = JsonDocument.Parse(response.Body);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(BatchFields.Id.Name, out var id)
            ? id.GetString()
            : null;
    }
}
