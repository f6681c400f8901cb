using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Changes;

/// <summary>A request for changes.</summary>
/// <param name="From">How far the client has read; null if it has not begun.</param>
/// <param name="IsStart">Whether a client that has not begun wants a snapshot first.</param>
/// <param name="Limit">Maximum number of entries on a page.</param>
/// <param name="Wait">How long to wait for a change.</param>
/// <param name="Filter">The condition on the batches, with its relative values.</param>
internal sealed record ChangeRequest(FeedPosition? From, bool IsStart, int Limit, TimeSpan Wait, Condition Filter)
{
    private const string Start = "start";

    private const string NotACursor = "not a cursor of the changes of this account. Send 'nextCursor' unchanged, or start.";

    /// <summary>Reads the parameters and the header of a request.</summary>
    public static Result<ChangeRequest> Read(BatchRequestReader reader, HttpRequest request, int accountId)
    {
        var errors = new ValidationErrors();
        var parameters = reader.ReadQuery(request, ChangeParameters.Follow.Names, errors, isList: false);
        var limit = parameters.GetNumber(ApiParameters.ChangesLimit, errors);
        var wait = TimeSpan.FromSeconds(parameters.GetNumber(ApiParameters.Wait, errors));
        var filter = FilterPlanner.Plan(ListRequest.ParseFilters(parameters, [], errors), errors);
        var lastId = request.Headers[ApiParameters.LastEventId.Name] is [{ Length: > 0 } id] ? id : null;
        var since = lastId is null ? parameters[ApiParameters.Since.Name] : null;
        var isStart = since?.Value == Start;
        var from = (lastId ?? since?.Value) is { } cursor && !isStart ? ChangeCursor.Read(accountId, cursor) : null;
        if (since is { } given && !isStart && from is null)
            errors.Add(given.Name, NotACursor);
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        return lastId is not null && from is null
            ? Problem.InvalidHeader(
                ApiParameters.LastEventId.Name, "is not the id of an event of this account. Send the last one unchanged.")
            : new ChangeRequest(from, isStart, limit, wait, filter);
    }

    /// <summary>What a caller may and wants to read, as of now.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="now">The current time.</param>
    /// <param name="maxBytes">Maximum size of a page in bytes.</param>
    public FeedRequest ToFeedRequest(Caller caller, DateTime now, long maxBytes)
    {
        var values = new RelativeValues(now, caller.Name);
        return new FeedRequest(
            caller.AccountId,
            caller.Policy.Resolve(values),
            Condition.AllOf(caller.Policy, Filter).Resolve(values),
            caller.PolicyText is null ? null : PolicyDigest.Create(caller.PolicyText, caller.Name),
            Limit,
            maxBytes);
    }
}
