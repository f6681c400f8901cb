using BatchesApi.Hosting;
using BatchesApi.Querying;
using BatchesApi.Requests;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Hosting;

public sealed class SettingsTests
{
    private const string Good = "Host=db;Database=batches;Username=batches;Password=hunter2";

    private const string NotSet =
        "is not set. Set it to the connection string of a PostgreSQL database, such as 'Host=db;Database=batches;Username=batches;Password=…'.";

    private readonly Faults _faults = new();

    [Fact]
    public void Only_the_connection_string_has_to_be_set()
    {
        var settings = Read(("ConnectionStrings:Batches", Good));

        Assert.Empty(_faults);
        Assert.Equal((Good, new RequestSettings(Strict: true), new ListSettings(TimeSpan.FromSeconds(5)), true),
            (settings.ConnectionString, settings.Requests, settings.Lists, settings.SwaggerEnabled));
        Assert.Equal(
            "True minute 480/60 hour 4800/3600 intensive-minute 240/60 intensive-hour 1200/3600",
            $"{settings.Limits.Enabled} {string.Join(' ', settings.Limits.Standard.Concat(settings.Limits.Intensive).Select(q => $"{q.Name} {q.Limit}/{q.Window.TotalSeconds}"))}");
        Assert.Null(settings.Limits.Redis);
        Assert.Empty(settings.Proxies);
        Assert.Empty(settings.Origins);
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("False", false)]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("", true)]
    public void A_switch_is_true_or_false(string text, bool expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("requests:STRICT", text), ("Swagger:Enabled", text));

        Assert.Empty(_faults);
        Assert.Equal((expected, expected), (settings.Requests.Strict, settings.SwaggerEnabled));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("3600", 3_600)]
    [InlineData(" ", 5)]
    public void Lists_may_take_so_many_seconds(string text, int expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("Lists:TimeoutSeconds", text));

        Assert.Empty(_faults);
        Assert.Equal(TimeSpan.FromSeconds(expected), settings.Lists.Timeout);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("3601")]
    [InlineData("5s")]
    [InlineData("-1")]
    public void But_not_others(string text)
    {
        Read(("ConnectionStrings:Batches", Good), ("Lists:TimeoutSeconds", text));

        Assert.Equal([$"Lists__TimeoutSeconds is '{text}', but must be a whole number from 1 to 3600."], _faults.Lines());
    }

    [Fact]
    public void The_history_is_kept_and_the_server_ends_as_it_is_told()
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("History:RetentionDays", "7"), ("Shutdown:DelaySeconds", "0"), ("Shutdown:TimeoutSeconds", "60"));

        Assert.Empty(_faults);
        Assert.Equal(TimeSpan.FromDays(7), settings.History.Retention);
        Assert.Equal(new ShutdownSettings(TimeSpan.Zero, TimeSpan.FromMinutes(1)), settings.Shutdown);
    }

    [Fact]
    public void Without_being_told_it_keeps_the_history_for_400_days_and_takes_35_seconds_to_end()
    {
        var settings = Read(("ConnectionStrings:Batches", Good));

        Assert.Equal(TimeSpan.FromDays(400), settings.History.Retention);
        Assert.Equal(new ShutdownSettings(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)), settings.Shutdown);
    }

    [Theory]
    [InlineData("History:RetentionDays", "0", "1 to 36500")]
    [InlineData("Shutdown:DelaySeconds", "-1", "0 to 600")]
    [InlineData("Shutdown:TimeoutSeconds", "0", "1 to 3600")]
    public void But_not_as_it_is_told_nonsense(string name, string value, string range)
    {
        Read(("ConnectionStrings:Batches", Good), (name, value));

        Assert.Equal([$"{name.Replace(":", "__", StringComparison.Ordinal)} is '{value}', but must be a whole number from {range}."], _faults.Lines());
    }

    [Fact]
    public void Every_fault_is_told_at_once()
    {
        Read(("Requests:Strict", "maybe"), ("Swagger:Enabled", "1"), ("Requests:Strct", "true"), ("Swagger:Path", "/docs"));

        Assert.Equal(
            [
                $"ConnectionStrings__Batches {NotSet}",
                "Requests__Strct is not a setting. Did you mean 'Strict'?",
                "Requests__Strict is 'maybe', but must be true or false.",
                "Swagger__Enabled is '1', but must be true or false.",
                "Swagger__Path is not a setting.",
            ],
            _faults.Lines().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_operator_is_told_a_line_for_each_fault()
    {
        Read(("Requests:Strict", "maybe"));

        Assert.Equal(
            [$"The setting ConnectionStrings__Batches {NotSet}", "The setting Requests__Strict is 'maybe', but must be true or false."],
            Settings.Describe(_faults).Split(Environment.NewLine));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void In_development_the_connection_string_may_be_missing(string? text)
    {
        var configuration = Configuration(("ConnectionStrings:Batches", text));

        Assert.Null(Settings.Read(configuration, isDevelopment: true, _faults).ConnectionString);
        Assert.Empty(_faults);

        Settings.Read(configuration, isDevelopment: false, _faults);
        Assert.Equal([$"ConnectionStrings__Batches {NotSet}"], _faults.Lines());
    }

    [Theory]
    [InlineData("Password=hunter2")]
    [InlineData("Host=;Password=hunter2")]
    public void A_connection_string_names_a_host(string text)
    {
        Read(("ConnectionStrings:Batches", text));

        Assert.Equal(["ConnectionStrings__Batches names no Host."], _faults.Lines());
    }

    [Fact]
    public void A_bad_value_in_a_connection_string_is_named_by_its_keyword()
    {
        Read(("ConnectionStrings:Batches", "Host=db;Password=hunter2;Port=many"));

        Assert.Equal(["ConnectionStrings__Batches gives 'port' a value that it cannot have."], _faults.Lines());
    }

    [Theory]
    [InlineData("Host=db;Password=hunter2;Colour=red")]
    [InlineData("Host=db;Password=correct;hunter2=")]
    [InlineData("Host=db;Password=hunter2;horse")]
    [InlineData("Host=db;Password=correct;hunter2")]
    [InlineData("Host=db;Password=\"hunter2")]
    [InlineData("Host=db;Port=hunter2")]
    [InlineData("postgres://batches:hunter2@db/batches")]
    [InlineData("hunter2")]
    public void A_bad_connection_string_is_told_without_any_of_its_values(string text)
    {
        Read(("ConnectionStrings:Batches", text));

        Assert.DoesNotContain("hunter2", Assert.Single(_faults.Lines()), StringComparison.OrdinalIgnoreCase);
    }

    private Settings Read(params (string Key, string? Value)[] given) => Settings.Read(Configuration(given), isDevelopment: false, _faults);

    private static IConfiguration Configuration(params (string Key, string? Value)[] given) =>
        new ConfigurationBuilder().AddInMemoryCollection(given.ToDictionary(pair => pair.Key, pair => pair.Value)).Build();
}
