using BatchesApi.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace BatchesApi.Tests.Hosting;

public sealed class BufferedConsoleLoggerProviderTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly ServiceProvider _formatters =
        new ServiceCollection().AddLogging(logging => logging.AddConsole()).BuildServiceProvider();
    private readonly BufferedConsoleLoggerProvider _console;

    public BufferedConsoleLoggerProviderTests() => _console = Console(ConsoleFormatterNames.Simple);

    /// <inheritdoc/>
    public void Dispose()
    {
        _console.Dispose();
        _formatters.Dispose();
    }

    [Fact]
    public void Buffered_lines_are_written_in_order_on_dispose()
    {
        foreach (var i in Enumerable.Range(0, 100))
            Log(_console, LogLevel.Information, $"line {i}");
        _console.Dispose();

        Assert.Equal(
            string.Concat(
                Enumerable.Range(0, 100).Select(i => $"info: Category[0]{Environment.NewLine}      line {i}{Environment.NewLine}")),
            _output.ToString());
    }

    [Fact]
    public void A_warning_is_written_immediately_after_the_buffered_lines()
    {
        Log(_console, LogLevel.Information, "first");
        Log(_console, LogLevel.Warning, "second");

        Assert.EndsWith(
            $"      first{Environment.NewLine}warn: Category[0]{Environment.NewLine}      second{Environment.NewLine}",
            _output.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_buffered_line_is_written_without_further_lines()
    {
        Log(_console, LogLevel.Information, "line");
        while (_output.ToString().Length == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_full_buffer_is_written_immediately()
    {
        Log(_console, LogLevel.Information, new string('x', 70_000));
        Assert.Contains("xxx", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_formatter_from_the_settings_is_used()
    {
        using var console = Console(ConsoleFormatterNames.Json);
        Log(console, LogLevel.Warning, "line");
        Assert.StartsWith("{\"EventId\":0,\"LogLevel\":\"Warning\"", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_many_threads_are_neither_lost_nor_mixed()
    {
        await Parallel.ForAsync(0, 5_000, (i, _) =>
        {
            Log(_console, i % 100 == 0 ? LogLevel.Warning : LogLevel.Information, $"<{i}>");
            return ValueTask.CompletedTask;
        });
        _console.Dispose();

        var lines = _output.ToString()
            .Split(Environment.NewLine, StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith('<'))
            .Order(StringComparer.Ordinal);
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => $"<{i}>").Order(StringComparer.Ordinal), lines);
    }

    private static void Log(BufferedConsoleLoggerProvider console, LogLevel level, string text) =>
        console.CreateLogger("Category").Log(level, 0, text, null, static (text, _) => text);

    private BufferedConsoleLoggerProvider Console(string formatter) => new(
        _formatters.GetServices<ConsoleFormatter>(), Options.Create(new ConsoleLoggerOptions { FormatterName = formatter }), _output);
}
