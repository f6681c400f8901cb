using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Http;
using BatchesApi.Webhooks;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Hosting;

public sealed class ServerOptionsTests
{
    private const string Good = "Host=db;Database=batches;Username=batches;Password=hunter2";

    private const string NotSet =
        "not set. Set it to the connection string of a PostgreSQL database, "
        + "such as 'Host=db;Database=batches;Username=batches;Password=…'.";

    private ValidationErrors _errors = new();

    [Fact]
    public void All_settings_but_the_connection_string_have_defaults()
    {
        var settings = Read(("ConnectionStrings:Batches", Good));

        Assert.Empty(_errors);
        Assert.Equal(
            (Good, new RequestOptions(Strict: true), true),
            (settings.ConnectionString, settings.Requests, settings.SwaggerEnabled));
        var quotas = settings.Limits.Standard.Concat(settings.Limits.Intensive);
        Assert.Equal(
            "True minute 480/60 hour 4800/3600 intensive-minute 240/60 intensive-hour 1200/3600",
            $"{settings.Limits.Enabled} {string.Join(' ', quotas.Select(q => $"{q.Name} {q.Limit}/{q.Window.TotalSeconds}"))}");
        Assert.Null(settings.Redis);
        Assert.Empty(settings.Proxies);
        Assert.Empty(settings.Origins);
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("False", false)]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("", true)]
    public void Switches_are_true_or_false(string text, bool expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("requests:STRICT", text), ("Swagger:Enabled", text));

        Assert.Empty(_errors);
        Assert.Equal((expected, expected), (settings.Requests.Strict, settings.SwaggerEnabled));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("3600", 3_600)]
    [InlineData(" ", 5)]
    public void The_list_timeout_is_read_in_seconds(string text, int expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("Lists:TimeoutSeconds", text));

        Assert.Empty(_errors);
        Assert.Equal(TimeSpan.FromSeconds(expected), settings.Storage.Lists.Timeout);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("3601")]
    [InlineData("5s")]
    [InlineData("-1")]
    public void A_list_timeout_out_of_range_is_an_error(string text)
    {
        Read(("ConnectionStrings:Batches", Good), ("Lists:TimeoutSeconds", text));

        Assert.Equal([$"Lists__TimeoutSeconds '{text}' is not valid; use a whole number from 1 to 3600."], _errors.Lines());
    }

    [Fact]
    public void The_retention_and_the_shutdown_times_are_read()
    {
        var settings = Read(
            ("ConnectionStrings:Batches", Good), ("History:RetentionDays", "7"), ("Shutdown:DelaySeconds", "0"),
            ("Shutdown:TimeoutSeconds", "60"));

        Assert.Empty(_errors);
        Assert.Equal(TimeSpan.FromDays(7), settings.Storage.History.Retention);
        Assert.Equal(new ShutdownOptions(TimeSpan.Zero, TimeSpan.FromMinutes(1)), settings.Shutdown);
    }

    [Fact]
    public void The_default_retention_is_400_days_and_the_default_shutdown_takes_35_seconds()
    {
        var settings = Read(("ConnectionStrings:Batches", Good));

        Assert.Equal(TimeSpan.FromDays(400), settings.Storage.History.Retention);
        Assert.Equal(new ShutdownOptions(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)), settings.Shutdown);
    }

    [Theory]
    [InlineData("History:RetentionDays", "0", "1 to 36500")]
    [InlineData("Shutdown:DelaySeconds", "-1", "0 to 600")]
    [InlineData("Shutdown:TimeoutSeconds", "0", "1 to 3600")]
    public void A_retention_or_shutdown_time_out_of_range_is_an_error(string name, string value, string range)
    {
        Read(("ConnectionStrings:Batches", Good), (name, value));

        Assert.Equal(
            [$"{name.Replace(":", "__", StringComparison.Ordinal)} '{value}' is not valid; use a whole number from {range}."],
            _errors.Lines());
    }

    [Fact]
    public void Each_rate_limit_is_set_separately()
    {
        var limits = Read(
            ("ConnectionStrings:Batches", Good), ("RateLimits:Enabled", "false"), ("RateLimits:Standard:PerMinute", "1"),
            ("RateLimits:Standard:PerHour", "1000000"), ("ratelimits:INTENSIVE:perminute", "2"),
            ("RateLimits:Intensive:PerHour", " ")).Limits;

        Assert.Empty(_errors);
        Assert.False(limits.Enabled);
        Assert.Equal([1, 1_000_000, 2, 1_200], limits.Standard.Concat(limits.Intensive).Select(quota => quota.Limit));
    }

    [Theory]
    [InlineData("RateLimits:Standard:PerMinute")]
    [InlineData("RateLimits:Standard:PerHour")]
    [InlineData("RateLimits:Intensive:PerMinute")]
    [InlineData("RateLimits:Intensive:PerHour")]
    public void A_rate_limit_out_of_range_is_an_error(string key)
    {
        foreach (var text in (string[])["0", "-1", "+1", "1000001", "1.5", "1e3", "480/min", "many", "99999999999"])
        {
            _errors = new ValidationErrors();
            Read(("ConnectionStrings:Batches", Good), (key, text));
            Assert.Equal([$"{key.Replace(":", "__")} '{text}' is not valid; use a whole number from 1 to 1000000."], _errors.Lines());
        }
    }

    [Theory]
    [InlineData("Proxies:Trusted:0", "Proxies__Trusted__0 unknown setting. Set Proxies__Trusted instead, with commas between values.")]
    [InlineData("Cors:Origins:0", "Cors__Origins__0 unknown setting. Set Cors__Origins instead, with commas between values.")]
    [InlineData("RateLimits:Enabled:0", "RateLimits__Enabled__0 unknown setting. Set RateLimits__Enabled instead.")]
    [InlineData("Lists:Scans:Max", "Lists__Scans__Max unknown setting. Set Lists__Scans instead.")]
    public void An_item_of_a_single_value_is_an_error(string key, string error)
    {
        Read(("ConnectionStrings:Batches", Good), (key, "1"));

        Assert.Equal([error], _errors.Lines());
    }

    [Theory]
    [InlineData("RateLimits:Standard:PerSecond", "RateLimits__Standard__PerSecond unknown setting.")]
    [InlineData("RateLimits:Intensive:PerMinuet", "RateLimits__Intensive__PerMinuet unknown setting. Did you mean 'PerMinute'?")]
    [InlineData("RateLimits:Standart:PerHour", "RateLimits__Standart unknown setting. Did you mean 'Standard'?")]
    [InlineData("RateLimits:Enable", "RateLimits__Enable unknown setting. Did you mean 'Enabled'?")]
    [InlineData("Proxies:Trusteds", "Proxies__Trusteds unknown setting. Did you mean 'Trusted'?")]
    [InlineData("Cors:Origin", "Cors__Origin unknown setting. Did you mean 'Origins'?")]
    public void An_unknown_setting_is_an_error_with_a_suggestion(string key, string error)
    {
        Read(("ConnectionStrings:Batches", Good), (key, "1"));

        Assert.Equal([error], _errors.Lines());
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("redis:6379")]
    [InlineData("redis:6379,password=hunter2,ssl=true,abortConnect=false")]
    [InlineData("one:6379,two:6379,user=batches,password=hunter2")]
    [InlineData("10.0.0.5:6379")]
    [InlineData("[::1]:6379")]
    public void A_valid_Redis_configuration_is_accepted(string text)
    {
        Assert.Equal(text, Read(("ConnectionStrings:Batches", Good), ("ConnectionStrings:Redis", text)).Redis);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("password=hunter2", "no host given.")]
    [InlineData("redis,pasword=hunter2")]
    [InlineData("redis,password=hunter2,ssl=perhaps")]
    [InlineData("redis,password=hunter2,syncTimeout=hunter2")]
    [InlineData("redis:hunter2", "no host given.")]
    [InlineData("redis:99999,password=hunter2")]
    [InlineData("redis://:hunter2@redis:6379/0")]
    [InlineData("rediss://user:hunter2@redis")]
    public void An_invalid_Redis_configuration_is_an_error_that_does_not_quote_its_password(
        string text, string error = "not a valid StackExchange.Redis configuration. Use for example 'redis:6379,password=…'.")
    {
        Read(("ConnectionStrings:Batches", Good), ("ConnectionStrings:Redis", text));

        Assert.Equal([$"ConnectionStrings__Redis {error}"], _errors.Lines());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("10.0.0.5", "10.0.0.5/32")]
    [InlineData("10.0.0.5/8", "10.0.0.0/8")]
    [InlineData("FD00:0::1", "fd00::1/128")]
    [InlineData("10.0.0.0/8,192.168.1.1", "10.0.0.0/8 192.168.1.1/32")]
    [InlineData(" 10.0.0.0/8 , ::1 fd00::/8 ,", "10.0.0.0/8 ::1/128 fd00::/8")]
    [InlineData("::ffff:10.0.0.5, ::ffff:10.0.0.0/104", "10.0.0.5/32 10.0.0.0/8")]
    [InlineData("::ffff:0:0/95, ::/0", "::fffe:0:0/95 ::/0")]
    public void Proxies_are_addresses_and_networks(string text, string expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("Proxies:Trusted", text));

        Assert.Empty(_errors);
        Assert.Equal(expected, string.Join(' ', settings.Proxies));
    }

    [Theory]
    [InlineData("proxy.example.com")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.5:8080")]
    [InlineData("10.0.0.0-10.0.0.9")]
    [InlineData("*")]

    // Addresses that C reads differently from people.
    [InlineData("10.0")]
    [InlineData("10.8/16")]
    [InlineData("167772165")]
    [InlineData("010.0.0.5")]
    [InlineData("010.0.0.0/8")]
    public void An_invalid_proxy_is_an_error(string text)
    {
        Read(("ConnectionStrings:Batches", Good), ("Proxies:Trusted", $"10.0.0.1,{text}"));

        Assert.Equal(
            [$"Proxies__Trusted invalid proxy '{text}'. Use an address such as 10.0.0.5 or a network such as 10.0.0.0/8."],
            _errors.Lines());
    }

    [Theory]
    [InlineData("true",
        "ASPNETCORE_FORWARDEDHEADERS_ENABLED not allowed: it lets every client claim any address. "
        + "Set Proxies__Trusted to the addresses of your proxies instead.")]
    [InlineData("TRUE",
        "ASPNETCORE_FORWARDEDHEADERS_ENABLED not allowed: it lets every client claim any address. "
        + "Set Proxies__Trusted to the addresses of your proxies instead.")]
    [InlineData("false")]
    [InlineData("")]
    public void The_switch_that_trusts_every_client_is_rejected(string text, params string[] errors)
    {
        // The host removes the prefix ASPNETCORE_ from its variables.
        Read(("ConnectionStrings:Batches", Good), ("FORWARDEDHEADERS_ENABLED", text));

        Assert.Equal(errors, _errors.Lines());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("https://crm.example.com", "https://crm.example.com")]
    [InlineData("https://crm.example.com, http://localhost:3000", "https://crm.example.com http://localhost:3000")]
    [InlineData("http://127.0.0.1:8080 http://[::1]:8080", "http://127.0.0.1:8080 http://[::1]:8080")]
    [InlineData("https://xn--bcher-kva.example https://bücher.example", "https://xn--bcher-kva.example https://bücher.example")]
    public void Origins_are_a_scheme_a_host_and_a_port(string text, string expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("Cors:Origins", text));

        Assert.Empty(_errors);
        Assert.Equal(expected, string.Join(' ', settings.Origins));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("crm.example.com")]
    [InlineData("//crm.example.com")]
    [InlineData("https://")]
    [InlineData("https://crm.example.com/")]
    [InlineData("https://crm.example.com/app")]
    [InlineData("https://crm.example.com?x")]
    [InlineData("https://crm.example.com:443")]
    [InlineData("https://CRM.example.com")]
    [InlineData("HTTPS://crm.example.com")]
    [InlineData("https://amy:hunter@crm.example.com")]
    [InlineData("https://*.example.com")]
    [InlineData("ftp://crm.example.com")]
    [InlineData("file:///")]
    public void An_invalid_origin_is_an_error(string text)
    {
        Read(("ConnectionStrings:Batches", Good), ("Cors:Origins", $"https://crm.example.com,{text}"));

        Assert.Equal([$"Cors__Origins invalid origin '{text}'. Use for example https://crm.example.com, without a path."], _errors.Lines());
    }

    [Fact]
    public void All_errors_in_access_settings_are_reported_together()
    {
        Read(
            ("ConnectionStrings:Batches", Good), ("ConnectionStrings:Redis", "redis,hunter2=hunter2"),
            ("RateLimits:Enabled", "2"), ("RateLimits:Standard:PerHour", "0"),
            ("RateLimits:Intensive:PerMinute", "x"), ("Proxies:Trusted", "a,b"), ("Cors:Origins", "c"),
            ("ForwardedHeaders_Enabled", "true"));

        Assert.Equal(
            [
                "ASPNETCORE_FORWARDEDHEADERS_ENABLED", "ConnectionStrings__Redis", "Cors__Origins", "Proxies__Trusted", "Proxies__Trusted",
                "RateLimits__Enabled", "RateLimits__Intensive__PerMinute", "RateLimits__Standard__PerHour",
            ],
            _errors.Lines().Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("hunter2", ServerOptions.Describe(_errors), StringComparison.Ordinal);
    }

    [Fact]
    public void The_settings_of_webhooks_are_read_and_validated()
    {
        var options = Read(("ConnectionStrings:Batches", Good));
        Assert.Equal(new WebhookOptions(AllowPrivate: false, KeyFolder: null), options.Webhooks);
        var folder = Directory.CreateTempSubdirectory("batches-keys");
        options = Read(("ConnectionStrings:Batches", Good), ("Webhooks:AllowPrivate", "true"), ("Webhooks:KeyFolder", folder.FullName));
        Assert.Equal(new WebhookOptions(AllowPrivate: true, folder.FullName), options.Webhooks);
        Assert.Empty(_errors);
        Assert.Empty(folder.GetFileSystemInfos());
        folder.Delete();

        // Not even root can create a file there.
        Read(("ConnectionStrings:Batches", Good), ("Webhooks:KeyFolder", "/proc"));
        Assert.Equal("Webhooks__KeyFolder the server cannot write to the folder '/proc'.", Assert.Single(_errors.Lines()));
    }

    [Fact]
    public void Invalid_settings_of_webhooks_are_rejected()
    {

        Read(("ConnectionStrings:Batches", Good), ("Webhooks:AllowPrivate", "yes"), ("Webhooks:KeyFolder", "/nowhere/keys"));
        Assert.Equal(
            [
                "Webhooks__AllowPrivate 'yes' is not valid; use true or false.",
                "Webhooks__KeyFolder there is no folder '/nowhere/keys'. Create it, so that the server can write to it.",
            ],
            _errors.Lines().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        Read(("Requests:Strict", "maybe"), ("Swagger:Enabled", "1"), ("Requests:Strct", "true"), ("Swagger:Path", "/docs"));

        Assert.Equal(
            [
                $"ConnectionStrings__Batches {NotSet}",
                "Requests__Strct unknown setting. Did you mean 'Strict'?",
                "Requests__Strict 'maybe' is not valid; use true or false.",
                "Swagger__Enabled '1' is not valid; use true or false.",
                "Swagger__Path unknown setting.",
            ],
            _errors.Lines().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Errors_are_described_one_per_line()
    {
        Read(("Requests:Strict", "maybe"));

        Assert.Equal(
            ["Requests__Strict: 'maybe' is not valid; use true or false.", $"ConnectionStrings__Batches: {NotSet}"],
            ServerOptions.Describe(_errors).Split(Environment.NewLine));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void In_development_the_connection_string_may_be_missing(string? text)
    {
        var configuration = Configuration(("ConnectionStrings:Batches", text));

        Assert.Null(ServerOptions.Read(configuration, isDevelopment: true, _errors).ConnectionString);
        Assert.Empty(_errors);

        ServerOptions.Read(configuration, isDevelopment: false, _errors);
        Assert.Equal([$"ConnectionStrings__Batches {NotSet}"], _errors.Lines());
    }

    [Theory]
    [InlineData("Password=hunter2")]
    [InlineData("Host=;Password=hunter2")]
    public void A_connection_string_without_a_host_is_an_error(string text)
    {
        Read(("ConnectionStrings:Batches", text));

        Assert.Equal(["ConnectionStrings__Batches Host is missing."], _errors.Lines());
    }

    [Fact]
    public void An_invalid_value_in_a_connection_string_is_reported_with_its_keyword()
    {
        Read(("ConnectionStrings:Batches", "Host=db;Password=hunter2;Port=many"));

        Assert.Equal(["ConnectionStrings__Batches invalid value for 'port'."], _errors.Lines());
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
    public void An_error_in_a_connection_string_quotes_none_of_its_values(string text)
    {
        Read(("ConnectionStrings:Batches", text));

        Assert.DoesNotContain("hunter2", Assert.Single(_errors.Lines()), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("", 4_000)]
    public void The_maximum_number_of_connections_is_read(string text, int expected)
    {
        var settings = Read(("ConnectionStrings:Batches", Good), ("Server:MaxConnections", text));

        Assert.Empty(_errors);
        Assert.Equal((expected, expected / 2), (settings.Connections.Max, settings.Connections.MaxPerAddress));
    }

    [Theory]
    [InlineData("9")]
    [InlineData("unlimited")]
    public void A_maximum_number_of_connections_out_of_range_is_an_error(string text)
    {
        Read(("ConnectionStrings:Batches", Good), ("Server:MaxConnections", text));

        Assert.Equal([$"Server__MaxConnections '{text}' is not valid; use a whole number from 10 to 1000000."], _errors.Lines());
    }

    private ServerOptions Read(params (string Key, string? Value)[] given) =>
        ServerOptions.Read(Configuration(given), isDevelopment: false, _errors);

    private static IConfiguration Configuration(params (string Key, string? Value)[] given) =>
        new ConfigurationBuilder().AddInMemoryCollection(given.ToDictionary(pair => pair.Key, pair => pair.Value)).Build();
}
