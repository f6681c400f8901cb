using BatchesApi.Batches;
using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Leases;

/// <summary>The operations on leases (specification, section 8.5).</summary>
internal static class LeaseRoutes
{
    public static void MapLeases(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<BatchServices>();

        var leases = routes.MapGroup(BatchRoutes.Path)
            .WithTags("Leases")
            .WithOpenApiMethod()
            .RequireScope(RouteAccess.Write)
            .ProducesProblems(BatchRoutes.CommonProblems)
            .ProducesProblems(InsufficientScope, InvalidHeader);

        leases.MapPost("/claim", services.Run(LeaseHandlers.Claim))
            .WithName("claimBatches")
            .WithSummary("Claim batches to work on")
            .WithDescription("Returns the first batches that match `where` and that no other client has claimed, each with a lease. "
                + "While a lease lasts, no other claim returns the batch. `set` changes the claimed batches in the same transaction. "
                + "Every member of the body is optional. The list is empty if there is nothing to claim.")
            .Accepts(RequestBodyMetadata.Claim)
            .WithParameters(BatchParameters.Claim)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.ClaimedBatches)
            .ProducesProblems(OutsidePolicy, PageTooLarge)
            .ProducesProblems(ListTimeout, TooManyLists)
            .ProducesProblems(BatchRoutes.IdempotencyProblems);

        leases.MapPost($"{BatchRoutes.ActiveId}/lease", services.Run(LeaseHandlers.Extend))
            .WithName("extendLease")
            .WithSummary("Extend a lease")
            .WithDescription("Lets the lease end after the duration `for` from now. A lease that has ended cannot be extended.")
            .Accepts(RequestBodyMetadata.LeaseExtension)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Lease)
            .ProducesProblems(BatchNotFound, LeaseLost);

        leases.MapDelete($"{BatchRoutes.ActiveId}/lease", services.Run(LeaseHandlers.Release))
            .WithName("releaseLease")
            .WithSummary("Give a lease back")
            .WithDescription("Ends the lease whose token is in `Batch-Lease`. Other clients can claim the batch immediately.")
            .WithParameters(BatchParameters.Release)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(BatchNotFound, LeaseLost);
    }
}
