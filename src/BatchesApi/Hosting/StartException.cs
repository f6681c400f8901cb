namespace BatchesApi.Hosting;

/// <summary>The server cannot start, for a reason that the message tells the operator.</summary>
internal sealed class StartException(string message, Exception cause) : Exception(message, cause);
