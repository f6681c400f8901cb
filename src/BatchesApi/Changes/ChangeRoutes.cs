using BatchesApi.Batches;
using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Changes;

/// <summary>The operations on changes (specification, section 9).</summary>
internal static class ChangeRoutes
{
    public const string Path = $"{BatchRoutes.Path}/changes";

    private const string HistoryPath = "/api/v2/history";

    public static void MapChanges(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<ChangeServices>();

        var changes = routes.MapGroup("")
            .WithTags("Changes")
            .WithOpenApiMethod()
            .RequireScope(RouteAccess.Read)
            .ProducesProblems(BatchRoutes.CommonProblems);

        changes.MapGetAndHead(Path, services.Run(ChangeHandlers.Follow))
            .WithName("followBatches")
            .WithSummary("Follow the changes of batches")
            .WithDescription("Returns the changes of batches in the order of their commits. A client that follows `nextCursor` gets every "
                + "change once. Each entry has the batch as it is now, null if it is deleted. A batch that no longer matches `p` or the "
                + "policy of the credential comes as an entry with the action `leave`, which has only `id`. The guide \"Keep a copy\" has "
                + "a program.")
            .WithParameters(ChangeParameters.Follow)
            .ProducesResponse(ResponseMetadata.Changes)
            .ProducesProblems(InvalidParameter, InvalidHeader, CursorExpired, ListTimeout, TooManyLists);

        changes.MapGetAndHead(HistoryPath, services.Run(AccountHistoryHandlers.List))
            .WithName("listHistory")
            .WithSummary("List the changes of all batches")
            .WithDescription("Returns who changed which batches, when and how, the newest change first, as far back as the server keeps "
                + "the history. A page with large changes, or of a search for few of many changes, may have fewer entries than `limit`, "
                + "even none: follow `nextCursor` until it is null. A credential with a policy gets the changes of batches that matched "
                + "it before and after the change. With `kind=access`, returns who created, changed, rotated or revoked which API keys and "
                + "users; that needs the scope `admin`.")
            .WithParameters(ChangeParameters.History)
            .ProducesResponse(ResponseMetadata.AccountHistory)
            .Compress()
            .ProducesProblems(InvalidParameter, InsufficientScope, ListTimeout, TooManyLists);
    }
}
