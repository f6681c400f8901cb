using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>The services of the operations on batches.</summary>
internal static class BatchSetup
{
    public static IServiceCollection AddBatches(
        this IServiceCollection services, RequestOptions requests, ConcurrencyOptions concurrency) => services
        .Configure<RouteOptions>(options => options.SetParameterPolicy<ActiveIdConstraint>(ActiveIdConstraint.Name))
        .AddSingleton(requests)
        .AddSingleton(concurrency)
        .AddSingleton<ConcurrencyLimits>()
        .AddSingleton(_ => new Lazy<BatchValidator>(() => new BatchValidator()))
        .AddSingleton<BatchRequestReader>()
        .AddSingleton<BatchServices>();
}
