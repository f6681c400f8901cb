using System.CommandLine;
using BatchesApi.Load;

var connection = new Option<string>("--connection")
{
    Description = "An Npgsql connection string of a role that may create databases.",
    Required = true,
    Recursive = true,
};
var rows = new Option<long[]>("--rows")
{
    Description = "Records in the account that is measured.",
    DefaultValueFactory = _ => [10_000, 100_000, 1_000_000, 10_000_000],
    AllowMultipleArgumentsPerToken = true,
};
var growth = new Command("growth", "Measures each shape of list at several sizes and prints a table. Seeded databases are kept for the next time.") { rows };
growth.SetAction((parsed, cancellation) => Growth.RunAsync(parsed.GetRequiredValue(connection), parsed.GetRequiredValue(rows), cancellation));

var accountRows = new Option<long>("--rows") { Description = "Records in the account that is measured.", DefaultValueFactory = _ => 100_000 };
var rounds = new Option<int>("--rounds") { Description = "Rounds, of which the medians are told.", DefaultValueFactory = _ => 3 };
var seconds = new Option<int>("--seconds") { Description = "How long to measure each in each round.", DefaultValueFactory = _ => 5 };
var only = new Option<string[]>("--only") { Description = "Letters of the operations to measure: G, L, LC …", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var compare = new Command("compare", "Measures the server beside a ceiling and PostgreSQL alone, and prints tables. Needs wrk and pgbench.") { accountRows, rounds, seconds, only };
compare.SetAction((parsed, cancellation) => Comparison.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(accountRows), parsed.GetRequiredValue(rounds), parsed.GetRequiredValue(seconds),
    parsed.GetRequiredValue(only), cancellation));

var exported = new Option<long>("--rows") { Description = "Records in the account that is exported.", DefaultValueFactory = _ => 1_000_000 };
var export = new Command("export", "Measures an export beside psql's \\copy. The seeded database is kept for the next time.") { exported, rounds };
export.SetAction((parsed, cancellation) => Export.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(exported), parsed.GetRequiredValue(rounds), cancellation));

var slowRows = new Option<long>("--rows") { Description = "Records in the account that sends slow lists.", DefaultValueFactory = _ => 220_000 };
var isolation = new Command("isolation", "Measures what an account notices of another one that sends slow lists. The seeded database is kept for the next time.") { slowRows, seconds };
isolation.SetAction((parsed, cancellation) => Isolation.RunAsync(
    parsed.GetRequiredValue(connection), parsed.GetRequiredValue(slowRows), parsed.GetRequiredValue(seconds), cancellation));

var root = new RootCommand("Measures the server.") { connection, compare, growth, export, isolation };
return await root.Parse(args).InvokeAsync();
