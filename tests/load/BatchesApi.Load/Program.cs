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

var root = new RootCommand("Measures the server.") { connection, growth };
return await root.Parse(args).InvokeAsync();
