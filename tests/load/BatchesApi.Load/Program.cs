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
var growth = new Command(
    "growth", "Measure every kind of list at several sizes and print a table. The seeded databases are reused by later runs.") { rows };
growth.SetAction((parsed, cancellation) => Growth.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(rows), cancellation));

var accountRows = new Option<long>("--rows")
{
    Description = "Number of batches in the measured account",
    DefaultValueFactory = _ => 100_000,
};
var rounds = new Option<int>("--rounds") { Description = "Number of rounds; the tables have their medians", DefaultValueFactory = _ => 3 };
var seconds = new Option<int>("--seconds") { Description = "Duration of each measurement in seconds", DefaultValueFactory = _ => 5 };
var only = new Option<string[]>("--only")
{
    Description = "Letters of the operations to measure, such as G L LC; all by default",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
var compare = new Command(
    "compare", "Compare the server with a ceiling and with PostgreSQL alone, and print tables. Needs wrk and pgbench.")
{
    accountRows, rounds, seconds, only,
};
compare.SetAction((parsed, cancellation) => Comparison.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(accountRows), parsed.GetRequiredValue(rounds),
    parsed.GetRequiredValue(seconds), parsed.GetRequiredValue(only), cancellation));

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
