using System.Collections.Concurrent;
using System.Globalization;
using CsCheck;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Random sequences of writes, compared with a model of the specification (section 8). A failure prints the steps and a seed;
/// <c>CsCheck_Seed</c> set to it runs that sequence first. <c>BATCHES_PROPERTY_CASES</c> sets the number of steps.</summary>
public sealed class BulkModelTests(ApiServer server)
{
    private const int StepsPerSequence = 40;

    private static readonly int Steps =
        int.Parse(Environment.GetEnvironmentVariable("BATCHES_PROPERTY_CASES") ?? "500", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Random_writes_have_the_specified_effects()
    {
        using var stranger = await server.CreateClientAsync();
        var foreign = await stranger.SendAsync("POST", $"{Http.Batches}/bulk/create", $"[{Http.Batch()}]").JsonAsync();
        using var client = server.CreateAnonymousClient();
        var outcomes = new ConcurrentDictionary<string, int>();
        await Gen.Select(RandomSteps.First, RandomSteps.All.Array[StepsPerSequence - 1]).Select(
            (first, others) => ((BulkStep Step, Policy Policy)[])[(first, Policy.Everything), .. others]).SampleAsync(
            async steps =>
            {
                var account = ApiServer.NewAccountName();
                var run = new ModelRun(client, (string)foreign["changeId"]!, new Dictionary<Policy, string>
                {
                    [Policy.Everything] = (await server.CreateKeyAsync(account: account)).Secret,
                    [Policy.Narrow] = (await server.CreateKeyAsync(account: account, policy: Policy.Narrow.Json)).Secret,
                });
                foreach (var (i, (step, policy)) in steps.Index())
                {
                    var outcome = await run.ExecuteAsync(step, policy);
                    outcomes.AddOrUpdate($"{step.GetType().Name} {outcome}", 1, (_, count) => count + 1);
                    if (i % 5 == 4)
                        await run.AssertBatchesAsync();
                }
                await run.AssertHistoriesAsync();
                await SearchParts.AssertEqualAsync(server, account);
            },
            iter: Math.Max(1, Steps / StepsPerSequence),
            print: steps => string.Join('\n', steps.Select(step => $"{step.Step}{step.Policy}")));

        foreach (var (outcome, count) in outcomes.OrderBy(outcome => outcome.Key, StringComparer.Ordinal))
            TestContext.Current.TestOutputHelper?.WriteLine($"{outcome}: {count}");

        // The sequences prove little if most of the writes fail or change nothing.
        var changes = outcomes
            .Where(outcome => outcome.Key.EndsWith(ModelRun.Changed, StringComparison.Ordinal))
            .Sum(outcome => outcome.Value);
        Assert.True(changes * 4 > outcomes.Values.Sum(), $"Only {changes} of {outcomes.Values.Sum()} writes change anything.");
    }
}
