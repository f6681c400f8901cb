namespace BatchesApi.Changes;

/// <summary>Registers the services of the feed.</summary>
internal static class ChangeSetup
{
    public static IServiceCollection AddChanges(this IServiceCollection services) => services.AddSingleton<ChangeServices>();
}
