namespace BatchesApi.Hosting;

/// <summary>The server cannot start. The message is one line for the operator: the reason, and what to do.</summary>
internal sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);
