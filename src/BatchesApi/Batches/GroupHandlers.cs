using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Batches;

internal static class GroupHandlers
{
    public static async Task<IResult> Group(BatchRequestContext context)
    {
        var services = context.Services;
        var errors = new ValidationErrors();
        GroupPlan plan;
        using (RequestPhase.Start(RequestPhase.Plan))
        {
            plan = GroupPlan.Parse(
                services.RequestReader.ReadQuery(context.Request, GroupPlan.Names, errors),
                context.Caller.AccountId,
                context.Caller.Policy,
                context.RelativeValues,
                errors);
        }
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        if (await services.RateLimiter.AcquireIntensiveAsync(context.HttpContext) is { Exceeded: not null } limit)
            return limit.ToProblem();
        await services.Concurrency.BeginListAsync(context.HttpContext);
        try
        {
            var page = await services.Reader.GroupAsync(plan, context.Cancellation);
            return new GroupResult(plan.Keys, page, ContentNegotiation.ChooseCsv(context.Request));
        }
        catch (ListTimeoutException exception)
        {
            return Problem.GroupsTimeout(exception.Limit);
        }
    }
}
