namespace BatchesApi.DevServer;

/// <summary>What a finished program left behind.</summary>
/// <param name="ExitCode">0 to 255; 127 when the program could not be started at all.</param>
/// <param name="Output">Its standard output, trimmed.</param>
/// <param name="Error">Its standard error, trimmed, or why it could not be started.</param>
internal sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Everything it said, for messages.</summary>
    public string Text => string.Join(Environment.NewLine, new[] { Output, Error }.Where(part => part.Length > 0));
}
