using System.CommandLine;
using BatchesApi.Load;

var connection = new Option<string>("--connection")
{
    Description = "Npgsql connection string of a role that can create databases",
    Required = true,
    Recursive = true,
};
var rows = new Option<long[]>("--rows")
{
    Description = "Number of batches in the measured account",
    DefaultValueFactory = _ => [10_000, 100_000, 1_000_000, 10_000_000],
    AllowMultipleArgumentsPerToken = true,
};
var lists = new Option<string[]>("--only")
{
    Description = "Texts of which the name of a list must contain one, such as \"q:\" \"by rating\"; all lists by default",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
var growth = new Command(
    "growth", "Measure every kind of list at several sizes and print a table. The seeded databases are reused by later runs.")
{
    rows, lists,
};
growth.SetAction((parsed, cancellation) => Growth.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(rows), parsed.GetRequiredValue(lists), cancellation));

var accountRows = new Option<long>("--rows")
{
    Description = "Number of batches in the measured account",
    DefaultValueFactory = _ => 100_000,
};
var rounds = new Option<int>("--rounds") { Description = "Number of rounds; the tables have their medians", DefaultValueFactory = _ => 3 };
var seconds = new Option<int>("--seconds") { Description = "Duration of each measurement in seconds", DefaultValueFactory = _ => 5 };
var only = new Option<string[]>("--only")
{
    Description = "Letters of the operations to measure, such as G L LC, and A for arrays; all by default",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
var contestants = new Option<string[]>("--contestants")
{
    Description = "Names of the contestants to measure; by default all but telemetry",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
contestants.AcceptOnlyFromAmong([.. Contestants.All]);
var old = new Option<string?>("--old") { Description = "Published binary of an earlier version, which gets a database of its own" };
var imported = new Option<long>("--import") { Description = "Number of batches to import in each round; 0 for no import" };
var compare = new Command(
    "compare",
    "Compare the server with an earlier version, a ceiling, peers and PostgreSQL alone, and print tables. Needs wrk, pgbench, Node.js and "
    + "pg_walinspect.")
{
    accountRows, rounds, seconds, only, contestants, old, imported,
};
compare.SetAction((parsed, cancellation) => Comparison.RunAsync(
    new ComparisonOptions(
        parsed.GetRequiredValue(connection), parsed.GetRequiredValue(accountRows), parsed.GetRequiredValue(rounds),
        parsed.GetRequiredValue(seconds), parsed.GetRequiredValue(only), parsed.GetRequiredValue(contestants), parsed.GetValue(old),
        parsed.GetValue(imported)),
    cancellation));

var exported = new Option<long>("--rows")
{
    Description = "Number of batches in the exported account",
    DefaultValueFactory = _ => 1_000_000,
};
var export = new Command("export", "Compare an export with psql's \\copy. The seeded database is reused by later runs.")
{
    exported, rounds,
};
export.SetAction((parsed, cancellation) => Export.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(exported), parsed.GetRequiredValue(rounds), cancellation));

var slowRows = new Option<long>("--rows")
{
    Description = "Number of batches in the account that sends slow lists",
    DefaultValueFactory = _ => 220_000,
};
var isolation = new Command(
    "isolation", "Measure how slow lists of one account affect another account. The seeded database is reused by later runs.")
{
    slowRows, seconds,
};
isolation.SetAction((parsed, cancellation) => Isolation.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(slowRows), parsed.GetRequiredValue(seconds), cancellation));

var root = new RootCommand("Measures the performance of the server") { connection, compare, growth, export, isolation };
return await root.Parse(args).InvokeAsync();
