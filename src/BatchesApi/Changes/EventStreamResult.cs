using System.Text;
using BatchesApi.Concurrency;
using BatchesApi.Http;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Reads;
using Microsoft.AspNetCore.Http.Features;
using Npgsql;

namespace BatchesApi.Changes;

/// <summary>Changes as server-sent events (WHATWG HTML, section 9.2). The stream ends when the server stops, the credential is no longer
/// valid or the database fails; clients reconnect and continue after the last event.</summary>
internal sealed class EventStreamResult(FeedSession feed, ChangePage first) : IResult
{
    /// <summary>How long the stream may be silent: proxies close connections that are.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(15);

    private string? _sentCursor;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ContentNegotiation.EventStream;

        // For nginx, which would otherwise collect the events.
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return;
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(feed.Aborted);
        try
        {
            for (var page = first; page is not null; page = await ReadNextAsync(page, response))
            {
                foreach (var entry in page.Entries)
                {
                    _sentCursor = ChangeCursor.Write(feed.AccountId, entry.Position);
                    await WriteAsync(response, $"id: {_sentCursor}\ndata: ");
                    await response.Body.WriteAsync(JsonOutput.Write(entry, ChangeResponses.Write), feed.Aborted);
                    await WriteAsync(response, "\n\n");
                }
                if (_sentCursor is null || page.Entries.Count == 0)
                    await WriteCursorAsync(response, page.Next);
                await response.Body.FlushAsync(feed.Aborted);
            }
        }
        catch (Exception exception)
            when (exception is NpgsqlException or ListTimeoutException or ConcurrencyLimitException or IOException
                || (exception is OperationCanceledException && feed.Aborted.IsCancellationRequested))
        {
            // The client reconnects, and gets the problem if it persists.
        }
    }

    /// <summary>Waits for the next page.</summary>
    /// <returns>The page, or null at the end of the stream.</returns>
    private async Task<ChangePage?> ReadNextAsync(ChangePage previous, HttpResponse response)
    {
        if (previous.HasMore)
            return await feed.IsValidAsync() ? await feed.ReadSmallAsync() : null;
        while (!await feed.WaitAsync(MaxSilence))
        {
            if (!await feed.IsValidAsync())
                return null;
            await WriteAsync(response, ": no changes\n\n");
            await response.Body.FlushAsync(feed.Aborted);
        }
        return await feed.ReadSmallAsync();
    }

    /// <summary>Writes a cursor without a change. Clients do not dispatch an event without data, but send its id when they
    /// reconnect.</summary>
    private ValueTask WriteCursorAsync(HttpResponse response, FeedPosition position) =>
        WriteAsync(response, $"id: {_sentCursor = ChangeCursor.Write(feed.AccountId, position)}\n\n");

    private ValueTask WriteAsync(HttpResponse response, string text) =>
        response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), feed.Aborted);
}
