namespace BatchesApi.ApiTests.Safety;

/// <summary>A test with an empty account and a client of it.</summary>
public abstract class AccountTest(ApiServer server) : IAsyncLifetime
{
    /// <summary>The server.</summary>
    protected ApiServer Server => server;

    /// <summary>The name of the account.</summary>
    protected string Account { get; } = ApiServer.NewAccountName();

    /// <summary>A client with the scope <c>write</c>.</summary>
    protected HttpClient Client { get; private set; } = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Client = await server.CreateClientAsync(account: Account);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
