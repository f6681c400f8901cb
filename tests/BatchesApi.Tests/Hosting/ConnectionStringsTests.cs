using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Storage;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace BatchesApi.Tests.Hosting;

public sealed class ConnectionStringsTests
{
    [Theory]
    [InlineData("Host=db")]
    [InlineData("Host=db:5433")]
    [InlineData("Host=[::1]:5433")]
    [InlineData("Host=fd00::1")]
    [InlineData("Host=/var/run/postgresql")]
    [InlineData("Host=a,b")]
    [InlineData("Host=a:5433, [::1]:5434")]
    [InlineData("Host=a,b;Target Session Attributes=read-write;Host Recheck Seconds=5;Load Balance Hosts=true")]
    [InlineData("Host=db;Target Session Attributes=any")]
    [InlineData("Host=db;Pooling=false")]
    public void A_valid_connection_string_has_no_errors(string text) =>
        Assert.Empty(ConnectionStrings.FindProblems(text, new DatabaseOptions()));

    [Theory]
    [InlineData("Host=a,,b", "empty host name in Host.")]
    [InlineData("Host=a,", "empty host name in Host.")]
    [InlineData("Host=a:hunter2,b", "invalid port in Host (1–65535).")]
    [InlineData("Host=a:99999,b", "invalid port in Host (1–65535).")]
    [InlineData("Host=[::1]:0", "invalid port in Host (1–65535).")]
    [InlineData(
        "Host=db;Target Session Attributes=primary",
        "Target Session Attributes requires several hosts, as in 'Host=a,b'. Remove it: the server finds the primary itself.")]
    [InlineData(
        "Host=db;Multiplexing=true",
        "Multiplexing=true is not supported, because the server changes settings of its connections "
        + "and monitors PostgreSQL on one of them. Remove it.")]
    [InlineData(
        "Host=a,b;Multiplexing=true",
        "Multiplexing=true is not supported, because the server changes settings of its connections "
        + "and monitors PostgreSQL on one of them. Remove it.")]
    [InlineData(
        "Host=db;Minimum Pool Size=9;Maximum Pool Size=2",
        "conflicting keywords: Connection can't have 'Max Pool Size' 2 under 'Min Pool Size' 9.")]
    public void Conflicting_keywords_are_errors(string text, string problem) =>
        Assert.Equal([problem], ConnectionStrings.FindProblems($"{text};Password=hunter2", new DatabaseOptions()));

    [Theory]
    [InlineData("Host=db;Connection Idle Lifetime=1;Connection Pruning Interval=10")]
    [InlineData("Host=db;Minimum Pool Size=81")]
    [InlineData("Host=db;Minimum Pool Size=20;Maximum Pool Size=10")]
    [InlineData("Host=db;Connection Pruning Interval=0")]
    [InlineData("Host=db;SSL Negotiation=Direct;SSL Mode=Prefer")]
    [InlineData("Host=a,b;Target Session Attributes=fastest")]
    public void Conflicts_that_only_Npgsql_detects_are_errors(string text) =>
        Assert.Single(ConnectionStrings.FindProblems(text, new DatabaseOptions()));

    [Theory]
    [InlineData("Host=db;Max Auto Prepare=10", "Max Auto Prepare above 0 is not supported")]
    [InlineData("Host=db;No Reset On Close=false", "No Reset On Close=false is not supported")]
    public void A_pooler_in_transaction_mode_excludes_keywords_that_change_sessions(string text, string problem)
    {
        Assert.Empty(ConnectionStrings.FindProblems(text, new DatabaseOptions()));
        Assert.StartsWith(
            problem,
            Assert.Single(ConnectionStrings.FindProblems(text, new DatabaseOptions(Pooler.Transaction))),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=a,b", "primary", 3_600)]
    [InlineData("Host=a,b;Target Session Attributes=any;Host Recheck Seconds=7", "any", 7)]
    [InlineData("Host=a", null, 10)]
    public void Connections_to_several_hosts_go_to_the_primary(string text, string? target, int recheck)
    {
        var settings = new NpgsqlConnectionStringBuilder(StorageServices.WithDefaults(text, new DatabaseOptions(), patient: false));

        Assert.Equal((target, recheck), (settings.TargetSessionAttributes, settings.HostRecheckSeconds));
    }

    [Theory]
    [InlineData(null, Pooler.None)]
    [InlineData("", Pooler.None)]
    [InlineData("none", Pooler.None)]
    [InlineData("Transaction", Pooler.Transaction)]
    public void The_pooler_setting_is_read(string? text, object expected)
    {
        var errors = new ValidationErrors();

        Assert.Equal(expected, ServerOptions.ReadDatabase(Configuration(text), errors).Pooler);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("statement")]
    [InlineData("1")]
    public void An_unknown_pooler_is_an_error(string text)
    {
        var errors = new ValidationErrors();
        ServerOptions.ReadDatabase(Configuration(text), errors);

        Assert.Equal([$"Database__Pooler '{text}' is not valid; use none or transaction."], errors.Lines());
    }

    private static IConfiguration Configuration(string? pooler) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Database:Pooler", pooler)]).Build();
}
