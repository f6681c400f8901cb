// Creates, lists, changes, deletes and restores batches, with retries. Run it with BATCHES_URL and BATCHES_KEY set.

using System.Net;
using Batches;
using Batches.Models;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;
using Microsoft.Kiota.Http.HttpClientLibrary;
using Polly;
using Polly.Timeout;

// Waits as long as Retry-After asks. Without that header, and after a connection error, it waits about 0.5, 1, 2, 4, … seconds.
var retries = new ResiliencePipelineBuilder<HttpResponseMessage>()
    .AddRetry(new HttpRetryStrategyOptions
    {
        MaxRetryAttempts = 6,
        Delay = TimeSpan.FromSeconds(0.5),
        BackoffType = DelayBackoffType.Exponential,
        ShouldHandle = static attempt => ValueTask.FromResult(
            attempt.Outcome.Exception is HttpRequestException or TimeoutRejectedException
            || attempt.Outcome.Result?.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable),
    })
    .AddTimeout(TimeSpan.FromSeconds(30))
    .Build();

// The time limit is for each attempt, because the limit of HttpClient would include the waits.
using var http = new HttpClient(new ResilienceHandler(retries) { InnerHandler = new SocketsHttpHandler() })
{
    Timeout = Timeout.InfiniteTimeSpan,
};
http.DefaultRequestHeaders.Authorization = new("Bearer", Read("BATCHES_KEY"));
using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: http)
{
    BaseUrl = Read("BATCHES_URL").TrimEnd('/'),
};
var batches = new BatchesClient(adapter).Api.V2.Batches;

try
{
    await RunAsync();
    return 0;
}
catch (Problem problem)
{
    Console.Error.WriteLine($"{problem.ResponseStatusCode}: {problem.Detail}");
}
catch (ApiException exception)
{
    // The response is not described in the OpenAPI document: the address is wrong, or a proxy responded instead of the server.
    Console.Error.WriteLine($"{exception.ResponseStatusCode}: {exception.Message}");
}
return 1;

async Task RunAsync()
{
    var created = await CreateAsync(new() { BatchCode = $"csharp-{Guid.NewGuid()}", BatchType = "renewal", Summary = "First quarter" });
    Console.WriteLine($"created {created.Id}");

    var count = 0;
    await foreach (var batch in ListAllAsync())
        count++;
    Console.WriteLine($"listed {count}");

    // A field that is set to null is cleared. A field that is not set stays as it is.
    var changed = await ChangeAsync(created.Id!, _ => new BatchChanges { Assignee = "amy", Summary = null });
    Console.WriteLine($"changed {changed.Id} to version {changed.Version}");

    await DeleteAsync(created.Id!);
    Console.WriteLine($"deleted {created.Id}");

    var restored = await RestoreAsync(created.Id!);
    Console.WriteLine($"restored {restored.Id}");

    try
    {
        await CreateAsync(new() { BatchCode = "", BatchType = "renewal", Rating = 9 });
    }
    catch (Problem problem) when (problem.Code == ProblemCode.Invalid_body)
    {
        foreach (var (field, messages) in Messages(problem))
            Console.WriteLine($"invalid {field}: {string.Join(' ', messages)}");
    }
    catch (Problem problem) when (problem.Code == ProblemCode.Batch_code_taken)
    {
        Console.WriteLine("choose another code");
    }
}

static string Read(string variable) =>
    Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"Set {variable}.");

async IAsyncEnumerable<Batch> ListAllAsync()
{
    string? cursor = null;
    do
    {
        var page = await batches.GetAsync(request =>
        {
            request.QueryParameters.Limit = 1000;
            request.QueryParameters.Count = CountMode.None;
            request.QueryParameters.Cursor = cursor;
        });
        foreach (var batch in page!.Data!)
            yield return batch;
        cursor = page.NextCursor;
    } while (cursor is not null);
}

async Task<Batch> CreateAsync(NewBatch batch)
{
    // All retries send this key, so the server creates one batch, even if a response was lost.
    var created = await batches.PostAsync(batch, request => request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString()));
    return created!;
}

async Task<Batch> ChangeAsync(string id, Func<Batch, BatchChanges> decide)
{
    while (true)
    {
        var batch = await batches[id].GetAsync();
        try
        {
            var changed = await batches[id].PatchAsync(
                decide(batch!), request => request.Headers.Add("If-Match", $"\"{batch!.Version}\""));
            return changed!;
        }
        catch (Problem problem) when (problem.Code == ProblemCode.Version_differs)
        {
            // Another client changed the batch since it was read: read it again, and decide on what it is now.
        }
    }
}

async Task DeleteAsync(string id) => await batches.Deleted[id].DeleteAsync();

async Task<Batch> RestoreAsync(string id)
{
    var restored = await batches.Deleted[id].Restore.PostAsync(
        request => request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString()));
    return restored!;
}

// The messages of an error response, by field.
static IEnumerable<(string Field, IEnumerable<string?> Messages)> Messages(Problem problem) =>
    from error in problem.Errors?.AdditionalData ?? new Dictionary<string, object>()
    select (error.Key, ((UntypedArray)error.Value).GetValue().OfType<UntypedString>().Select(message => message.GetValue()));
