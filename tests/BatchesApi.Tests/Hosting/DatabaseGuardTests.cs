using BatchesApi.Hosting;
using BatchesApi.Http;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Hosting;

public sealed class DatabaseGuardTests
{
    [Theory]
    [InlineData("GET", false, true)]
    [InlineData("HEAD", false, true)]
    [InlineData("POST", false, false)]
    [InlineData("DELETE", false, false)]
    [InlineData("POST", true, true)]
    public async Task Operations_that_read_are_served_while_writes_are_refused(string method, bool isReadOnly, bool isServed)
    {
        var state = new DatabaseState();
        state.Allow("The tables are being moved.");
        Assert.Equal(isServed, await IsServedAsync(state, method, isReadOnly));
        state.Allow(reasonAgainstWrites: null);
        Assert.True(await IsServedAsync(state, method, isReadOnly));
        state.Refuse("Behind a pooler.");
        Assert.False(await IsServedAsync(state, method, isReadOnly));
    }

    private static async Task<bool> IsServedAsync(DatabaseState state, string method, bool isReadOnly)
    {
        object[] metadata = isReadOnly ? [ResponseMetadata.Page, ReadOnlyMetadata.Instance] : [ResponseMetadata.Page];
        var context = new DefaultHttpContext { Request = { Method = method, Host = new HostString("localhost") } };
        context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(metadata), displayName: null));
        var isServed = false;
        RequestDelegate next = _ =>
        {
            isServed = true;
            return Task.CompletedTask;
        };
        await new DatabaseGuard(next, state).InvokeAsync(context);
        Assert.Equal(isServed ? 200 : 503, context.Response.StatusCode);
        return isServed;
    }
}
