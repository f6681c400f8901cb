using System.Globalization;
using System.Text;
using BatchesApi.Access;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Administration;

/// <summary>One request for an operation on keys or users.</summary>
internal readonly record struct AdministrationContext(HttpContext HttpContext)
{
    public Caller Caller { get; } = Caller.FromContext(HttpContext);

    public int AccountId => Caller.AccountId;

    /// <summary>The id in the path.</summary>
    public string Id => (string)HttpContext.Request.RouteValues["id"]!;

    public ApiKeyStore Keys => GetRequiredService<ApiKeyStore>();

    public UserStore Users => GetRequiredService<UserStore>();

    public AccessReader Reader => GetRequiredService<AccessReader>();

    /// <summary>Requested when the client disconnects.</summary>
    public CancellationToken Cancellation => HttpContext.RequestAborted;

    /// <summary>The time of the request, UTC.</summary>
    public DateTime Now => GetRequiredService<TimeProvider>().GetUtcNowMicroseconds();

    /// <summary>Runs an operation for each request of a route.</summary>
    public static RequestDelegate Run(Func<AdministrationContext, Task<IResult>> operation) =>
        EndpointConventions.ToRequestDelegate(context => operation(new AdministrationContext(context)));

    /// <summary>Removes secrets from the cache of this server, which looks them up again. A look-up that is in progress may still cache a
    /// credential as it was, for <see cref="CredentialCache.CacheDuration"/>.</summary>
    public void Evict(IEnumerable<byte[]> hashes) => GetRequiredService<CredentialCache>().Evict(hashes);

    /// <summary>Counts the request as resource-intensive.</summary>
    /// <returns>The problem if the limit is used up, or null.</returns>
    public async Task<Problem?> LimitAsync()
    {
        var limit = await GetRequiredService<RequestLimiter>().AcquireIntensiveAsync(HttpContext);
        return limit is { Exceeded: not null } ? limit.ToProblem() : null;
    }

    public T GetRequiredService<T>()
        where T : notnull => HttpContext.RequestServices.GetRequiredService<T>();

    public Task<Result<T>> ReadBodyAsync<T>(Func<RequestBody, Result<T>> read) =>
        RequestBody.ReadJsonAsync(HttpContext.Request, CredentialMembers.MaxBodyBytes, read);

    /// <summary>Responds with a page of a list, under the limits of lists.</summary>
    /// <param name="list">The name of the list, which its cursors contain.</param>
    /// <param name="read">Reads at most so many entries before an id, or from the newest on.</param>
    /// <param name="getId">Returns the id of an entry.</param>
    /// <param name="respond">Creates the response from the entries, their maximum number, and the cursor of the next page or null.</param>
    public async Task<IResult> ListAsync<T>(
        string list,
        Func<AccessReader, string?, int, Task<List<T>>> read,
        Func<T, string> getId,
        Func<IEnumerable<T>, int, string?, IResult> respond)
    {
        var page = ReadPage(list);
        if (page.Problem is { } problem)
            return problem;
        await GetRequiredService<ConcurrencyLimits>().BeginListAsync(HttpContext);
        try
        {
            var (entries, next) = page.Value.Cut(await read(Reader, page.Value.Before, page.Value.Limit + 1), getId);
            return respond(entries, page.Value.Limit, next);
        }
        catch (ListTimeoutException exception)
        {
            return Problem.ListTimeout(exception.Limit);
        }
    }

    /// <summary>Reads the parameters of a list.</summary>
    /// <param name="list">The name of the list, which its cursors contain.</param>
    private Result<PageRequest> ReadPage(string list)
    {
        var errors = new ValidationErrors();
        var parameters = GetRequiredService<BatchRequestReader>().ReadQuery(
            HttpContext.Request, AdministrationParameters.Page.Names, errors, isList: false);
        var limit = parameters.GetNumber(AdministrationParameters.Limit, errors);
        var owner = GetCursorOwner(list);
        string? before = null;
        if (parameters[AdministrationParameters.Cursor.Name] is { } cursor)
        {
            before = CursorEncoding.Read(owner, cursor.Value) is { } bytes ? Encoding.ASCII.GetString(bytes) : null;
            if (!ObjectIdGenerator.IsValid(before ?? ""))
                errors.Add(cursor.Name, "is not a cursor of this list. Use the nextCursor of an earlier response unchanged.");
        }
        return errors.HasErrors ? Problem.InvalidParameters(errors) : new PageRequest(limit, before, owner);
    }

    private string GetCursorOwner(string list) => string.Create(CultureInfo.InvariantCulture, $"{list} of {AccountId} behind ");
}

/// <summary>The page of a list to read.</summary>
/// <param name="Limit">Maximum number of entries.</param>
/// <param name="Before">The id of the entry before which to begin; null to begin with the newest.</param>
/// <param name="CursorOwner">See <see cref="CursorEncoding"/>.</param>
internal sealed record PageRequest(int Limit, string? Before, string CursorOwner)
{
    /// <summary>Cuts off the entry beyond the page, which was read to know whether there is another page.</summary>
    /// <returns>The entries, and the cursor of the next page or null.</returns>
    public (IReadOnlyList<T> Entries, string? NextCursor) Cut<T>(List<T> found, Func<T, string> getId) => found.Count > Limit
        ? (found[..Limit], CursorEncoding.Write(CursorOwner, Encoding.ASCII.GetBytes(getId(found[Limit - 1]))))
        : (found, null);
}

/// <summary>The query parameters of the lists of keys and users.</summary>
internal static class AdministrationParameters
{
    public static readonly ApiParameter Limit = new(
        ApiParameters.Limit.Name, "The maximum number of entries on a page. A number out of range is an error.")
    {
        Number = (1, 1_000, 100),
        Examples = [new("default", "100", "100 entries"), new("maximum", "1000", "The maximum")],
    };

    public static readonly ApiParameter Cursor = new("cursor",
        "Continues after the last entry of an earlier response: its `nextCursor`.")
    {
        Examples = [new("start", "", "From the newest entry")],
    };

    public static ParameterMetadata Page { get; } = new(Limit, Cursor);
}
