using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Batches;

public sealed class WriteProblemsTests
{
    private const string Id = "63a5b84c53e1218321c55572";

    private static readonly WriteProblems Single = new(new HeaderDictionary());

    [Theory]
    [InlineData(
        Id,
        null,
        $"Batch {Id} has the batchCode 'B-1'. Choose another code, or change the code of that batch or delete it. "
            + "Nothing was changed.",
        $"'B-1' is the code of batch {Id}.")]
    [InlineData(
        null,
        null,
        "A batch that this credential cannot see has the batchCode 'B-1'. Choose another code. Nothing was changed.",
        "'B-1' is the code of a batch that this credential cannot see.")]
    [InlineData(
        Id,
        "restored",
        $"Batch {Id} has the batchCode 'B-1'. Change the code of that batch or delete it, "
            + "then restore again. Nothing was changed.",
        $"'B-1' is the code of batch {Id}.")]
    [InlineData(
        null,
        "restored",
        "A batch that this credential cannot see has the batchCode 'B-1'. Its code must be "
            + "changed, or the batch deleted, before this one can be restored. Nothing was changed.",
        "'B-1' is the code of a batch that this credential cannot see.")]
    public void A_taken_code_is_named_with_its_batch_and_a_remedy(string? holder, string? restored, string detail, string error)
    {
        var problem = (Single with { RestoredId = restored }).Find(Taken(("B-1", holder)));

        Assert.Equal(ProblemCode.BatchCodeTaken, problem?.Code);
        Assert.Equal(detail, problem!.Detail);
        Assert.Equal([$"batchCode {error}"], problem.Errors!.Lines());
    }

    [Fact]
    public void A_code_that_is_free_again_can_be_tried_again()
    {
        foreach (var problems in (WriteProblems[])[Single, Single with { RestoredId = Id }, Single with { Codes = Codes("B-1") }])
        {
            var problem = problems.Find(Taken());

            Assert.Equal(ProblemCode.BatchCodeTaken, problem?.Code);
            Assert.Contains("Send the request again.", problem!.Detail, StringComparison.Ordinal);
            Assert.Null(problem.Errors);
        }
    }

    [Fact]
    public void Items_whose_codes_are_those_of_hidden_batches_are_not_named()
    {
        var array = Single with { Codes = Codes("B-0", "B-1", "B-2") };

        Assert.Equal(
            [$"[2].batchCode 'B-2' is the code of batch {Id}."], array.Find(Taken(("B-1", null), ("B-2", Id)))!.Errors!.Lines());
        Assert.Null(array.Find(Taken(("B-1", null)))!.Errors);
    }

    private static ArrayCodes Codes(params string[] codes) => new(
        [.. codes.Select((code, i) => new BatchPatch(new Batch { BatchCode = code }, default) { ItemName = $"[{i}]" })],
        new ValidationErrors());

    private static WriteResult Taken(params (string Code, string? Id)[] taken) =>
        new(WriteOutcome.CodeTaken) { TakenCodes = taken.ToDictionary(pair => pair.Code, pair => pair.Id) };
}
