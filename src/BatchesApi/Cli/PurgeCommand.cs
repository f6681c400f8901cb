using System.CommandLine;
using BatchesApi.Cli.ImportExport;
using BatchesApi.Domain;
using BatchesApi.Storage;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Cli;

internal static class PurgeCommand
{
    public static Command Create()
    {
        var olderThan = new Option<TimeSpan?>("--older-than")
        {
            Description = "The minimum time since they were deleted, such as 90d (units: s, m, h, d).",
            HelpName = "duration",
            Required = true,
            CustomParser = CommonOptions.ParseDuration,
        };
        var account = new Option<string>("--account")
        {
            Description = "The name of the account. Without it, all accounts.",
            HelpName = "name",
        };
        var command = new CliCommand(
            "purge",
            "Permanently removes batches that were deleted long ago.",
            """
            Their history is removed, too, and they can no longer be restored. Prints the number of removed batches.

            Examples:
              BatchesApi purge --older-than 90d
              BatchesApi purge --older-than 90d --account acme
            """)
        { olderThan, account };
        command.SetAction((parsed, cancellation) =>
        {
            var before = TimeProvider.System.GetUtcNowMicroseconds() - parsed.GetValue(olderThan)!.Value;
            return parsed.GetValue(account) is { } name
                ? CommandSession.RunForAccountAsync(
                    name, (session, owner) => RunAsync(session, [owner], before, cancellation), cancellation)
                : CommandSession.RunAsync(
                    async session => await RunAsync(session, await session.Accounts.ListAsync(cancellation), before, cancellation),
                    cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        CommandSession session, IEnumerable<Account> accounts, DateTime before, CancellationToken cancellation)
    {
        var targets = new List<(int, IReadOnlyList<PolicyView>)>();
        foreach (var account in accounts)
            targets.Add((account.Id, await session.Policies.ReadAsync(account.Id, cancellation)));
        var seenBy = new SeenByReader(new BatchVersionReader(session.Filters));
        var count = await Progress.RunAsync(
            "Purging", total: null, progress => BatchPurger.PurgeAsync(session.Source, seenBy, targets, before, progress, cancellation));
        Console.WriteLine(count);
        return 0;
    }
}
