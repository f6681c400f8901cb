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
    public void What_Npgsql_can_work_with_is_no_error(string text) => Assert.Empty(ConnectionStrings.FindProblems(text, new DatabaseOptions()));

    [Theory]
    [InlineData("Host=a,,b", "has a comma in Host without a host on either side.")]
    [InlineData("Host=a,", "has a comma in Host without a host on either side.")]
    [InlineData("Host=a:hunter2,b", "names a host whose port is none: it must be 1 to 65535.")]
    [InlineData("Host=a:99999,b", "names a host whose port is none: it must be 1 to 65535.")]
    [InlineData("Host=[::1]:0", "names a host whose port is none: it must be 1 to 65535.")]
    [InlineData(
        "Host=db;Target Session Attributes=primary",
        "sets Target Session Attributes, which needs several hosts, as in 'Host=a,b'. Leave it out: the server asks for the primary itself.")]
    [InlineData(
        "Host=db;Multiplexing=true",
        "sets Multiplexing=true, which the server cannot work with: its connections have settings of their own, and it waits on one of them to notice when "
            + "PostgreSQL goes away. Leave it out.")]
    [InlineData(
        "Host=a,b;Multiplexing=true",
        "sets Multiplexing=true, which the server cannot work with: its connections have settings of their own, and it waits on one of them to notice when "
            + "PostgreSQL goes away. Leave it out.")]
    [InlineData(
        "Host=db;Minimum Pool Size=9;Maximum Pool Size=2",
        "has keywords that do not go together: Connection can't have 'Max Pool Size' 2 under 'Min Pool Size' 9.")]
    public void Keywords_that_do_not_go_together_are_setting_errors(string text, string problem) =>
        Assert.Equal([problem], ConnectionStrings.FindProblems($"{text};Password=hunter2", new DatabaseOptions()));

    [Theory]
    [InlineData("Host=db;Connection Idle Lifetime=1;Connection Pruning Interval=10")]
    [InlineData("Host=db;Minimum Pool Size=81")]
    [InlineData("Host=db;Minimum Pool Size=20;Maximum Pool Size=10")]
    [InlineData("Host=db;Connection Pruning Interval=0")]
    [InlineData("Host=db;SSL Negotiation=Direct;SSL Mode=Prefer")]
    [InlineData("Host=a,b;Target Session Attributes=fastest")]
    public void So_are_those_that_only_Npgsql_knows_of(string text) => Assert.Single(ConnectionStrings.FindProblems(text, new DatabaseOptions()));

    [Theory]
    [InlineData("Host=db;Max Auto Prepare=10", "sets Max Auto Prepare above 0")]
    [InlineData("Host=db;No Reset On Close=false", "sets No Reset On Close=false")]
    public void With_a_pooler_in_transaction_mode_sessions_are_left_as_they_are(string text, string problem)
    {
        Assert.Empty(ConnectionStrings.FindProblems(text, new DatabaseOptions()));
        Assert.StartsWith(problem, Assert.Single(ConnectionStrings.FindProblems(text, new DatabaseOptions(Pooler.Transaction))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=a,b", "primary", 3_600)]
    [InlineData("Host=a,b;Target Session Attributes=any;Host Recheck Seconds=7", "any", 7)]
    [InlineData("Host=a", null, 10)]
    public void Of_several_hosts_the_primary_is_asked_for(string text, string? target, int recheck)
    {
        var settings = new NpgsqlConnectionStringBuilder(StorageServices.WithDefaults(text, new DatabaseOptions(), patient: false));

        Assert.Equal((target, recheck), (settings.TargetSessionAttributes, settings.HostRecheckSeconds));
    }

    [Theory]
    [InlineData(null, Pooler.None)]
    [InlineData("", Pooler.None)]
    [InlineData("none", Pooler.None)]
    [InlineData("Transaction", Pooler.Transaction)]
    public void The_pooler_is_none_or_in_transaction_mode(string? text, object expected)
    {
        var errors = new ValidationErrors();

        Assert.Equal(expected, ServerOptions.ReadDatabase(Configuration(text), errors).Pooler);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("statement")]
    [InlineData("1")]
    public void Any_other_pooler_is_a_setting_error(string text)
    {
        var errors = new ValidationErrors();
        ServerOptions.ReadDatabase(Configuration(text), errors);

        Assert.Equal([$"Database__Pooler is '{text}', but must be none or transaction."], errors.Lines());
    }

    private static IConfiguration Configuration(string? pooler) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Database:Pooler", pooler)]).Build();
}
