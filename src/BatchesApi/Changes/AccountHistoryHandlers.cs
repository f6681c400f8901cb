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
        var errors = new ValidationErrors();
        var parameters = services.RequestReader.ReadQuery(context.Request, ChangeParameters.History.Names, errors, isList: false);
        var request = CreateRequest(parameters, Caller.FromContext(context), services.Clock.GetUtcNowMicroseconds(), errors);
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

    private static AccountHistoryRequest CreateRequest(QueryParameters parameters, Caller caller, DateTime now, ValidationErrors errors)
    {
        var (from, to) = (ReadTime(parameters, ApiParameters.HistoryFrom, errors), ReadTime(parameters, ApiParameters.HistoryTo, errors));
        if (from >= to)
            errors.Add(ApiParameters.HistoryTo.Name, "must be after from.");
        var before = parameters[ApiParameters.HistoryCursor.Name] is { } cursor ? ReadCursor(caller.AccountId, cursor, errors) : null;
        return new AccountHistoryRequest(
            caller.AccountId,
            caller.Policy.Resolve(new RelativeValues(now, caller.Name)),
            caller.PolicyText is null ? null : PolicyDigest.Create(caller.PolicyText, caller.Name),
            ReadActor(parameters, errors),
            ReadActions(parameters, errors),
            from,
            to,
            parameters.GetNumber(ApiParameters.Limit, errors),
            before);
    }

    private static ChangePosition? ReadCursor(int accountId, QueryParameter cursor, ValidationErrors errors)
    {
        var position = ChangeCursor.ReadHistory(accountId, cursor.Value);
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

    private static string[] ReadActions(QueryParameters parameters, ValidationErrors errors)
    {
        if (parameters[ApiParameters.HistoryActions.Name] is not { } action)
            return [];
        var actions = action.Value.Split(',', StringSplitOptions.TrimEntries);
        if (!actions.All(ApiParameters.HistoryActionNames.Contains))
        {
            errors.Add(
                action.Name, $"must be one of {string.Join(", ", ApiParameters.HistoryActionNames)}, or several, separated by commas.");
        }
        return actions;
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
