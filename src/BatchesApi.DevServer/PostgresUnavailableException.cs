namespace BatchesApi.DevServer;

/// <summary>
/// The private PostgreSQL cannot be had. The message is written for the person at the terminal: it says what is wrong and
/// what to do, and needs no stack trace beside it.
/// </summary>
internal sealed class PostgresUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
