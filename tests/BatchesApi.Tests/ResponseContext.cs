using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.Tests;

/// <summary>A request to <c>http://api.test</c> and the response of a result.</summary>
internal sealed class ResponseContext
{
    private static readonly IServiceProvider Services = new ServiceCollection().AddLogging().BuildServiceProvider();

    public ResponseContext(string path, string query = "")
    {
        Http = new DefaultHttpContext { TraceIdentifier = "trace-1", RequestServices = Services };
        Http.Request.Scheme = "http";
        Http.Request.Host = new HostString("api.test");
        Http.Request.Path = path;
        Http.Request.QueryString = new QueryString(query);
        Http.Response.Body = new MemoryStream();
    }

    public DefaultHttpContext Http { get; }

    public string Body => Encoding.UTF8.GetString(((MemoryStream)Http.Response.Body).ToArray());

    public JsonElement Json => JsonElement.Parse(Body);

    public async Task<ResponseContext> WithAsync(IResult result)
    {
        await result.ExecuteAsync(Http);
        await Http.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        return this;
    }
}
