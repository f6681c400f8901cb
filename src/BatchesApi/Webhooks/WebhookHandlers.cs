using System.Buffers.Binary;
using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Storage.Webhooks;
using BatchesApi.Webhooks.Sending;

namespace BatchesApi.Webhooks;

internal static class WebhookHandlers
{
    public static readonly Problem WebhookNotFound = new(ProblemCode.WebhookNotFound, "There is no webhook with this id here.");

    public static readonly Problem DeliveryNotFound = new(
        ProblemCode.DeliveryNotFound, "The webhook has no delivery with this id. Deliveries are kept for 30 days.");

    public static readonly Problem TooManyWebhooks = new(ProblemCode.TooManyWebhooks, string.Create(
        CultureInfo.InvariantCulture, $"The account has {WebhookStore.MaxPerAccount} webhooks, the maximum. Delete one first."));

    public static async Task<IResult> Create(WebhookRequestContext context)
    {
        var services = context.Services;
        var request = await ReadBodyAsync(context, WebhookRequestReader.ReadCreate);
        if (request.Problem is { } problem)
            return problem;
        var now = services.Clock.GetUtcNowMicroseconds();
        var secret = WebhookSecret.Create();
        var webhook = new Webhook
        {
            AccountId = context.AccountId,
            Id = services.Ids.Next(),
            Url = request.Value.Url!,
            Events = request.Value.EventsOrAll,
            Filter = request.Value.Where,
            IsActive = request.Value.IsActive ?? true,
            CreatedAt = now,
            UpdatedAt = now,
        };
        webhook.Secret = services.Protector.Protect(webhook, secret);
        var position = (await services.Changes.FindNowAsync(context.AccountId, context.Cancellation)).After;
        if (!await services.Store.CreateAsync(webhook, position, context.Cancellation))
            return TooManyWebhooks;
        services.Signal.Set();
        return WebhookResponses.Created(webhook, secret);
    }

    public static async Task<IResult> List(WebhookRequestContext context) =>
        WebhookResponses.Ok(await context.Services.Store.ListAsync(context.AccountId, context.Cancellation));

    public static async Task<IResult> Retrieve(WebhookRequestContext context) =>
        await FindAsync(context) is { } webhook ? WebhookResponses.Ok(webhook) : WebhookNotFound;

    public static async Task<IResult> Update(WebhookRequestContext context)
    {
        var services = context.Services;
        var request = await ReadBodyAsync(context, WebhookRequestReader.ReadChange);
        if (request.Problem is { } problem)
            return problem;
        if (!ObjectIdGenerator.IsValid(context.Id))
            return WebhookNotFound;
        var (url, events, hasWhere, where, isActive) = request.Value;
        if (url is null && events is null && !hasWhere && isActive is null)
            return await Retrieve(context);
        var patch = new WebhookPatch(url, events, hasWhere, where, isActive);
        var webhook = await services.Store.UpdateAsync(context.AccountId, context.Id, patch, context.Cancellation);
        services.Signal.Set();
        return webhook is null ? WebhookNotFound : WebhookResponses.Ok(webhook);
    }

    public static async Task<IResult> Delete(WebhookRequestContext context) =>
        ObjectIdGenerator.IsValid(context.Id)
            && await context.Services.Store.DeleteAsync(context.AccountId, context.Id, context.Cancellation)
            ? TypedResults.NoContent()
            : WebhookNotFound;

    public static async Task<IResult> Rotate(WebhookRequestContext context)
    {
        if (!ObjectIdGenerator.IsValid(context.Id))
            return WebhookNotFound;
        var (services, secret) = (context.Services, WebhookSecret.Create());
        var stored = services.Protector.Protect(new Webhook { AccountId = context.AccountId, Id = context.Id }, secret);
        var webhook = await services.Store.RotateAsync(context.AccountId, context.Id, stored, context.Cancellation);
        return webhook is null ? WebhookNotFound : WebhookResponses.Ok(webhook, secret);
    }

    public static async Task<IResult> ListDeliveries(WebhookRequestContext context)
    {
        var (services, errors) = (context.Services, new ValidationErrors());
        var parameters = services.RequestReader.ReadQuery(context.Request, WebhookParameters.Deliveries.Names, errors);
        var limit = parameters.GetNumber(WebhookParameters.Limit, errors);
        var status = parameters[WebhookParameters.Status.Name];
        if (status is { } given && !WebhookParameters.Statuses.Contains(given.Value))
            errors.Add(given.Name, $"must be one of {string.Join(", ", WebhookParameters.Statuses)}.");
        var before = long.MaxValue;
        if (parameters[WebhookParameters.Cursor.Name] is { } cursor)
        {
            if (CursorEncoding.Read(GetCursorOwner(context), cursor.Value) is { Length: sizeof(long) } bytes)
                before = BinaryPrimitives.ReadInt64BigEndian(bytes);
            else
                errors.Add(cursor.Name, "is not a cursor of these deliveries. Use the nextCursor of an earlier response unchanged.");
        }
        if (errors.HasErrors)
            return Problem.InvalidParameters(errors);
        if (!ObjectIdGenerator.IsValid(context.Id))
            return WebhookNotFound;
        var page = await services.Deliveries.ListAsync(
            context.AccountId, context.Id, status?.Value, before, limit, context.Cancellation);
        return page is null ? WebhookNotFound : WebhookResponses.Ok(new WebhookDeliveryPageResponse
        {
            Data = page.Deliveries.Select(WebhookDeliveryResponse.Create),
            Limit = limit,
            NextCursor = page.HasMore ? WriteCursor(context, page.Deliveries[^1].Sequence) : null,
        });
    }

    /// <summary>Sends a delivery again, or a pending one now.</summary>
    public static async Task<IResult> Retry(WebhookRequestContext context)
    {
        if (!ObjectIdGenerator.IsValid(context.Id))
            return WebhookNotFound;
        if (!ObjectIdGenerator.IsValid(context.DeliveryId))
            return await FindAsync(context) is null ? WebhookNotFound : DeliveryNotFound;
        var (hasWebhook, delivery) = await context.Services.Deliveries.RetryAsync(
            context.AccountId, context.Id, context.DeliveryId, context.Cancellation);
        context.Services.Signal.Set();
        return !hasWebhook ? WebhookNotFound
            : delivery is null ? DeliveryNotFound
            : WebhookResponses.Delivery(delivery, StatusCodes.Status202Accepted);
    }

    /// <summary>Sends an event without a batch, outside the queue.</summary>
    public static async Task<IResult> Test(WebhookRequestContext context)
    {
        var services = context.Services;
        if (await services.RateLimiter.AcquireIntensiveAsync(context.HttpContext) is { Exceeded: not null } limit)
            return limit.ToProblem();
        if (await FindAsync(context) is not { } webhook)
            return WebhookNotFound;
        var now = services.Clock.GetUtcNowMicroseconds();
        var delivery = new WebhookDelivery
        {
            AccountId = webhook.AccountId,
            WebhookId = webhook.Id,
            Id = services.Ids.Next(),
            Type = WebhookEvents.Test,
            ChangedAt = now,
            CreatedAt = now,
        };
        var attempt = await SendAsync(services, webhook, delivery, context.Cancellation);
        delivery.Status = attempt.IsSuccess ? WebhookDelivery.Delivered : WebhookDelivery.Failed;
        delivery.Failures = attempt.IsSuccess ? 0 : 1;
        delivery.Attempts = $"[{attempt.ToJson()}]";
        return await services.Deliveries.AddTestAsync(delivery, context.Cancellation)
            ? WebhookResponses.Delivery(delivery)
            : WebhookNotFound;
    }

    private static async Task<WebhookAttempt> SendAsync(
        WebhookServices services, Webhook webhook, WebhookDelivery delivery, CancellationToken cancellation)
    {
        try
        {
            return (await services.Sender.SendAsync(webhook.AccountId, delivery, _ => Task.FromResult<Webhook?>(webhook), cancellation))!;
        }
        catch (SecretUnreadableException exception)
        {
            return new WebhookAttempt(delivery.CreatedAt, null, TimeSpan.Zero, exception.Message, null);
        }
    }

    private static Task<Result<WebhookRequest>> ReadBodyAsync(
        WebhookRequestContext context, Func<RequestBody, Result<WebhookRequest>> read) =>
        RequestBody.ReadJsonAsync(context.Request, WebhookRequest.MaxBytes, read);

    private static async Task<Webhook?> FindAsync(WebhookRequestContext context) => ObjectIdGenerator.IsValid(context.Id)
        ? await context.Services.Store.FindAsync(context.AccountId, context.Id, context.Cancellation)
        : null;

    private static string GetCursorOwner(WebhookRequestContext context) =>
        string.Create(CultureInfo.InvariantCulture, $"deliveries of {context.Id} in {context.AccountId} behind ");

    private static string WriteCursor(WebhookRequestContext context, long sequence)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, sequence);
        return CursorEncoding.Write(GetCursorOwner(context), bytes);
    }
}
