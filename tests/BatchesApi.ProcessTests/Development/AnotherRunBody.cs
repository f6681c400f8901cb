using BatchesApi.Development;

namespace BatchesApi.ProcessTests.Development;

/// <summary>What <see cref="AnotherRun"/> does: no test, and left out unless asked for.</summary>
public sealed class AnotherRunBody
{
    internal const string FolderVariable = "BATCHES_TEST_RUN_FOLDER";
    internal const string StartedLine = "It is up.";

    [Fact(Explicit = true)]
    public async Task Run()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "Started by other tests.");
        await using var postgres = await PrivatePostgres.StartAsync(
            folder,
            new PrivatePostgresOptions { Durable = false },
            Console.Error.WriteLine,
            TestContext.Current.CancellationToken);
        await Console.Error.WriteLineAsync(StartedLine);
        await Task.Delay(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }
}
