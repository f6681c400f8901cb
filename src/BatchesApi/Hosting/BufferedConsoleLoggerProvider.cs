using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace BatchesApi.Hosting;

/// <summary>Logs to standard output with the settings and formatters of ASP.NET Core's console logger, but writes the lines of 0.1 s
/// together, and warnings immediately. ASP.NET Core's logger wakes a thread and makes a system call for each line, which uses an eighth of
/// the CPU under load. A channel with one consumer would not do: it needs a string for each line, and a warning must be written before
/// <c>Log</c> returns, because the process may be about to exit.</summary>
[ProviderAlias("Console")]
internal sealed class BufferedConsoleLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Maximum number of buffered characters. Beyond this, loggers flush synchronously (back-pressure).</summary>
    private const int MaxBufferedCharacters = 64 * 1024;

    [ThreadStatic]
    private static StringWriter? _line;

    private readonly Lock _bufferLock = new();
    private readonly Lock _writingLock = new();
    private readonly ConsoleFormatter _formatter;
    private readonly TextWriter _output;
    private readonly Timer _timer;
    private StringBuilder _buffer = new();
    private StringBuilder _spare = new();
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    /// <summary>Logs to standard output.</summary>
    public BufferedConsoleLoggerProvider(IEnumerable<ConsoleFormatter> formatters, IOptions<ConsoleLoggerOptions> options)
        : this(formatters, options, Console.Out)
    {
    }

    /// <summary>Logs to another output.</summary>
    public BufferedConsoleLoggerProvider(
        IEnumerable<ConsoleFormatter> formatters, IOptions<ConsoleLoggerOptions> options, TextWriter output)
    {
        var name = options.Value.FormatterName ?? ConsoleFormatterNames.Simple;
        _formatter = formatters.First(formatter => formatter.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        _output = output;
        _timer = new Timer(_ => Flush(), null, FlushInterval, FlushInterval);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Flush();
    }

    private void Add(StringBuilder line, bool flush)
    {
        bool isFull;
        lock (_bufferLock)
        {
            _buffer.Append(line);
            isFull = _buffer.Length > MaxBufferedCharacters;
        }
        if (flush || isFull)
            Flush();
    }

    private void Flush()
    {
        lock (_writingLock)
        {
            lock (_bufferLock)
            {
                if (_buffer.Length == 0)
                    return;
                (_buffer, _spare) = (_spare, _buffer);
            }
            try
            {
                _output.Write(_spare);
                _output.Flush();
            }
            catch (IOException)
            {
                // For example, the disk is full. The lines are dropped, and the server keeps serving.
            }
            _spare.Clear();
        }
    }

    private sealed class Logger(BufferedConsoleLoggerProvider console, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => console._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = _line ??= new StringWriter();
            line.GetStringBuilder().Clear();
            console._formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), console._scopes, line);
            console.Add(line.GetStringBuilder(), flush: logLevel >= LogLevel.Warning);
        }
    }
}
