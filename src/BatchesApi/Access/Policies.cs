using BatchesApi.Model;

namespace BatchesApi.Access;

/// <summary>Who may use a route.</summary>
internal static class Policies
{
    /// <summary>Any credential.</summary>
    public const string Read = nameof(Scope.Read);

    /// <summary>A credential with the scope <c>write</c>.</summary>
    public const string Write = nameof(Scope.Write);

    /// <summary>The claim that holds a scope.</summary>
    public const string ScopeClaim = "scope";

    /// <summary>Adds bearer authentication and the policies.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddMemoryCache();
        services.AddSingleton<CallerLookup>();
        services.AddSingleton<CredentialUses>();

        // The core alone: AddAuthentication would bring data protection along, whose keys want a folder that can be written to.
        services.AddWebEncoders();
        services.AddTransient<BearerHandler>();
        services.AddAuthenticationCore(options =>
        {
            options.AddScheme<BearerHandler>(BearerHandler.SchemeName, displayName: null);
            options.DefaultScheme = BearerHandler.SchemeName;
        });
        services.AddAuthorizationBuilder()
            .AddPolicy(Read, policy => policy.RequireClaim(ScopeClaim, Read))
            .AddPolicy(Write, policy => policy.RequireClaim(ScopeClaim, Write));
        return services;
    }
}
