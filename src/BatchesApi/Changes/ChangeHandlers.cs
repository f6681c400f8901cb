using BatchesApi.Access;
using BatchesApi.Http;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Changes;

internal static class ChangeHandlers
{
    public static readonly Problem CursorExpired = new(
        ProblemCode.CursorExpired,
        "The history after this cursor is no longer kept, or the database was restored from a backup. Begin again with since=start.");

    /// <summary>Returns changes: a page, or an event stream.</summary>
    public static async Task<IResult> Follow(HttpContext context, ChangeServices services)
    {
        var request = ChangeRequest.Read(services.RequestReader, context.Request, Caller.FromContext(context).AccountId);
        if (request.Problem is { } problem)
            return problem;
        try
        {
            var feed = new FeedSession(context, services, request.Value);
            context.Response.RegisterForDispose(feed);
            return ContentNegotiation.PrefersEvents(context.Request) ? await StreamAsync(feed) : await PollAsync(feed, request.Value.Wait);
        }
        catch (ListTimeoutException exception)
        {
            return Problem.ListTimeout(exception.Limit);
        }
    }

    private static async Task<IResult> PollAsync(FeedSession feed, TimeSpan wait)
    {
        if (feed.IsNew)
            return new ChangePageResult(feed.AccountId, await feed.ReadNowAsync());
        if (wait > TimeSpan.Zero)
            await feed.BeginWaitAsync();
        for (var start = feed.Clock.GetTimestamp(); ;)
        {
            if (await feed.ReadAsync() is not { } page)
                return CursorExpired;
            var rest = wait - feed.Clock.GetElapsedTime(start);
            if (page.Entries.Count > 0 || page.HasMore || rest <= TimeSpan.Zero || !await feed.WaitAsync(rest))
                return new ChangePageResult(feed.AccountId, page);
        }
    }

    private static async Task<IResult> StreamAsync(FeedSession feed)
    {
        await feed.BeginWaitAsync();
        var page = feed.IsNew ? await feed.ReadNowAsync() : await feed.ReadSmallAsync();
        return page is null ? CursorExpired : new EventStreamResult(feed, page);
    }
}
