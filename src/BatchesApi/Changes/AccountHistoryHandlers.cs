using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Changes;

internal static class AccountHistoryHandlers
{
    /// <summary>Lists the changes of an account.</summary>
    public static async Task<IResult> List(HttpContext context, ChangeServices services)
    {
        var (errors, caller) = (new ValidationErrors(), Caller.FromContext(context));
        var parameters = services.RequestReader.ReadQuery(context.Request, ChangeParameters.History.Names, errors, isList: false);
        var kind = parameters[ApiParameters.HistoryKind.Name];
        if (kind is { } given && !ApiParameters.HistoryKind.Values.Contains(given.Value))
            errors.Add(given.Name, $"must be one of {string.Join(", ", ApiParameters.HistoryKind.Values)}.");
        if (kind?.Value == ApiParameters.AccessHistory)
            return await ListAccessAsync(context, services, caller, parameters, errors);
        var request = CreateRequest(parameters, caller, services.Clock.GetUtcNowMicroseconds(), errors);
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        await services.Concurrency.BeginListAsync(context);
        try
        {
            return new AccountHistoryResult(request, await services.History.ReadAsync(request, context.RequestAborted));
        }
        catch (ListTimeoutException exception)
        {
            return Problem.ListTimeout(exception.Limit);
        }
    }

    /// <summary>Lists the changes of keys and users.</summary>
    private static async Task<IResult> ListAccessAsync(
        HttpContext context, ChangeServices services, Caller caller, QueryParameters parameters, ValidationErrors errors)
    {
        if (caller.Scope < Scope.Admin)
            return BearerAuthentication.Forbid(context, caller.Scope, Scope.Admin);
        var (from, to) = ReadTimes(parameters, errors);
        var request = new AccessHistoryRequest(
            caller.AccountId,
            ReadActor(parameters, errors),
            ReadActions(parameters, ApiParameters.AccessActionNames, errors),
            from,
            to,
            parameters.GetNumber(ApiParameters.Limit, errors),
            ReadCursor(parameters, text => ChangeCursor.ReadAccess(caller.AccountId, text), errors));
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        await services.Concurrency.BeginListAsync(context);
        try
        {
            var reader = context.RequestServices.GetRequiredService<AccessReader>();
            var (changes, hasMore) = await reader.ReadChangesAsync(request, context.RequestAborted);
            return AccountHistoryResult.ForAccess(request, changes, hasMore);
        }
        catch (ListTimeoutException exception)
        {
            return Problem.ListTimeout(exception.Limit);
        }
    }

    private static AccountHistoryRequest CreateRequest(QueryParameters parameters, Caller caller, DateTime now, ValidationErrors errors)
    {
        var (from, to) = ReadTimes(parameters, errors);
        var before = ReadCursor(parameters, text => ChangeCursor.ReadHistory(caller.AccountId, text), errors);
        return new AccountHistoryRequest(
            caller.AccountId,
            caller.Policy.Resolve(new RelativeValues(now, caller.Name)),
            caller.PolicyText is null ? null : PolicyDigest.Create(caller.PolicyText, caller.Name),
            ReadActor(parameters, errors),
            ReadActions(parameters, ApiParameters.HistoryActionNames, errors),
            from,
            to,
            parameters.GetNumber(ApiParameters.Limit, errors),
            before);
    }

    private static T? ReadCursor<T>(QueryParameters parameters, Func<string, T?> read, ValidationErrors errors)
        where T : struct
    {
        if (parameters[ApiParameters.HistoryCursor.Name] is not { } cursor)
            return null;
        var position = read(cursor.Value);
        if (position is null)
            errors.Add(cursor.Name, "is not a cursor of this history. Use the nextCursor of an earlier response unchanged.");
        return position;
    }

    private static string? ReadActor(QueryParameters parameters, ValidationErrors errors)
    {
        if (parameters[ApiParameters.HistoryBy.Name] is not { } by)
            return null;
        if (!ObjectIdGenerator.IsValid(by.Value))
            errors.Add(by.Name, "must be the id of an API key, an access token or a user: 24 lowercase hexadecimal digits.");
        return by.Value;
    }

    private static string[] ReadActions(QueryParameters parameters, IReadOnlyList<string> known, ValidationErrors errors)
    {
        if (parameters[ApiParameters.HistoryActions.Name] is not { } action)
            return [];
        var actions = action.Value.Split(',', StringSplitOptions.TrimEntries);
        if (!actions.All(known.Contains))
            errors.Add(action.Name, $"must be one of {string.Join(", ", known)}, or several, separated by commas.");
        return actions;
    }

    private static (DateTime? From, DateTime? To) ReadTimes(QueryParameters parameters, ValidationErrors errors)
    {
        var (from, to) = (ReadTime(parameters, ApiParameters.HistoryFrom, errors), ReadTime(parameters, ApiParameters.HistoryTo, errors));
        if (from >= to)
            errors.Add(ApiParameters.HistoryTo.Name, "must be after from.");
        return (from, to);
    }

    private static DateTime? ReadTime(QueryParameters parameters, ApiParameter parameter, ValidationErrors errors)
    {
        if (parameters[parameter.Name] is not { } given)
            return null;
        var time = Rfc3339.Parse(given.Value);
        if (time is null)
            errors.Add(given.Name, "must be an RFC 3339 date or date-time, such as 2026-12-01 or 2026-12-01T09:30:00Z.");
        return time;
    }
}
