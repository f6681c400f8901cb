using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Webhooks.Sending;

/// <summary>Makes one attempt to send an event, within the limits on attempts at the same time.</summary>
internal sealed class WebhookSender(
    WebhookHttpClient client, WebhookSecretProtector protector, BatchReader batches, TimeProvider clock) : IDisposable
{
    /// <summary>Maximum time of an attempt, from connecting to the status of the response.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Number of bytes of the body of a response that are read.</summary>
    private const int MaxResponseBytes = 1_024;

    private const string Closed = "The connection was closed without a response.";

    /// <summary>Maximum time to read the body of a response, which does not decide about success.</summary>
    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(2);

    private static readonly ProductInfoHeaderValue UserAgent = new("BatchesApi", ServerVersion.Number);

    /// <summary>An account with many receivers that do not respond leaves attempts to other accounts.</summary>
    private readonly FairLimiter _limiter = new(new FairLimiterOptions(
        LimitedResource.WebhookAttempts, PerAccount: 128, Total: 512, Timeout));

    /// <summary>Sends an event.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="delivery">The event.</param>
    /// <param name="findWebhook">Finds the webhook at the last moment, with its secrets as they are stored; null not to send.</param>
    /// <param name="cancellation">Cancels the attempt.</param>
    /// <returns>The attempt, or null if there is no webhook.</returns>
    /// <exception cref="SecretUnreadableException">The secret cannot be decrypted.</exception>
    /// <exception cref="ConcurrencyLimitException">Too many attempts are made at the same time.</exception>
    public async Task<WebhookAttempt?> SendAsync(
        int accountId, WebhookDelivery delivery, Func<CancellationToken, Task<Webhook?>> findWebhook, CancellationToken cancellation)
    {
        using var slot = await _limiter.AcquireAsync(accountId, 1, cancellation);
        var batch = delivery.Type == WebhookEvents.Test
            ? null
            : await batches.FindAsync(
                accountId, deleted: false, Condition.Always, delivery.BatchId, FieldSet.All, cancellation, isForWrite: true);
        var body = CreateBody(delivery, batch);
        if (await findWebhook(cancellation) is not { } webhook)
            return null;
        var secrets = ReadSecrets(webhook);
        var attempt = await SendAsync(webhook.Url, delivery.Id, secrets, body, cancellation);
        ServerMetrics.RecordWebhookAttempt(GetOutcome(attempt));
        return attempt;
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    /// <summary>The body of an event.</summary>
    /// <param name="delivery">The event.</param>
    /// <param name="batch">The batch as it is now, or null if it is deleted.</param>
    public static ReadOnlyMemory<byte> CreateBody(WebhookDelivery delivery, Batch? batch) =>
        JsonOutput.Write((delivery, batch), static (json, state) =>
        {
            var (delivery, batch) = state;
            var isTest = delivery.Type == WebhookEvents.Test;
            json.WriteStartObject();
            json.WriteString("type", delivery.Type);
            json.WriteString("timestamp", Rfc3339.Format(delivery.ChangedAt));
            json.WriteStartObject("data");
            json.WriteString("id", isTest ? null : delivery.BatchId);
            if (isTest)
                json.WriteNull("version");
            else
                json.WriteNumber("version", delivery.Version);
            json.WriteStartArray("changed");
            foreach (var name in delivery.Changed)
                json.WriteStringValue(name);
            json.WriteEndArray();
            json.WritePropertyName("batch");
            if (batch is null)
                json.WriteNullValue();
            else
                BatchJson.Write(json, batch, FieldSet.All);
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private static string GetOutcome(WebhookAttempt attempt) => (attempt.IsSuccess, attempt.Code) switch
    {
        (true, _) => "delivered",
        (false, null) => "no_response",
        (false, _) => "rejected",
    };

    private List<string> ReadSecrets(Webhook webhook)
    {
        var secrets = new List<string> { protector.TryUnprotect(webhook, webhook.Secret) ?? throw new SecretUnreadableException() };
        if (webhook.PreviousSecret is not null && protector.TryUnprotect(webhook, webhook.PreviousSecret) is { } previous)
            secrets.Add(previous);
        return secrets;
    }

    private async Task<WebhookAttempt> SendAsync(
        string url, string id, List<string> secrets, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var at = clock.GetUtcNowMicroseconds();
        var start = clock.GetTimestamp();
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = CreateRequest(url, id, secrets, at, body);
        try
        {
            using var response = await client.SendAsync(request, linked.Token);
            var text = await ReadBodyAsync(response, linked.Token);
            var code = (int)response.StatusCode;
            return new WebhookAttempt(at, code, clock.GetElapsedTime(start), DescribeStatus(code), text);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            var error = limit.IsCancellationRequested
                ? string.Create(CultureInfo.InvariantCulture, $"No response within {Timeout.TotalSeconds} s.")
                : Describe(exception);
            return new WebhookAttempt(at, null, clock.GetElapsedTime(start), error, null);
        }
    }

    private static HttpRequestMessage CreateRequest(
        string url, string id, List<string> secrets, DateTime at, ReadOnlyMemory<byte> body)
    {
        var timestamp = new DateTimeOffset(at).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(JsonOutput.MediaType);
        request.Headers.UserAgent.Add(UserAgent);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", WebhookSecret.Sign(secrets, id, timestamp, body.Span));
        return request;
    }

    /// <summary>The beginning of the body as text that the database can store, or null if it is empty or does not arrive.</summary>
    private static async Task<string?> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(BodyTimeout);
        var bytes = new byte[MaxResponseBytes];
        var length = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            for (int read; length < bytes.Length && (read = await stream.ReadAsync(bytes.AsMemory(length), limit.Token)) > 0;)
                length += read;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status has decided.
        }
        var text = Encoding.UTF8.GetString(bytes, 0, length).Replace("\0", "", StringComparison.Ordinal);
        return text.Length == 0 ? null : text;
    }

    private static string? DescribeStatus(int code) => code switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => string.Create(CultureInfo.InvariantCulture, $"The response has the status {code}. Redirects are not followed."),
        _ => string.Create(CultureInfo.InvariantCulture, $"The response has the status {code}."),
    };

    /// <summary>Describes why there is no response, without addresses, which the receiver's name may hide.</summary>
    private static string Describe(Exception exception)
    {
        var cause = exception;
        while (cause is not (AddressRefusedException or SocketException) && cause.InnerException is not null)
            cause = cause.InnerException;
        return (cause, (exception as HttpRequestException)?.HttpRequestError) switch
        {
            (AddressRefusedException, _) => cause.Message,
            (SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }, _) =>
                "The name of the host cannot be resolved.",
            (SocketException { SocketErrorCode: SocketError.ConnectionRefused }, _) => "The connection was refused.",
            (SocketException { SocketErrorCode: SocketError.ConnectionReset }, _) => Closed,
            (SocketException, _) => "The connection failed.",
            (_, HttpRequestError.SecureConnectionError) => "The TLS connection failed. Is the certificate valid?",
            (_, HttpRequestError.ConfigurationLimitExceeded) => "The headers of the response are too large.",
            (_, HttpRequestError.InvalidResponse) => "The response is not valid HTTP.",
            (_, HttpRequestError.ResponseEnded) => Closed,
            _ => "The connection failed.",
        };
    }
}

/// <summary>The server cannot decrypt the secret of a webhook.</summary>
internal sealed class SecretUnreadableException() : Exception(Reason)
{
    public const string Reason =
        "The server cannot decrypt the secret. Rotate the secret with POST /api/v2/webhooks/{id}/rotate, and set active to true again.";
}
