using System.Text;
using BatchesApi.Domain;
using BatchesApi.Webhooks;
using BatchesApi.Webhooks.Sending;
using Microsoft.AspNetCore.Http;
using StandardWebhooks;
using StandardWebhooks.Diagnostics;

namespace BatchesApi.Tests.Webhooks;

public sealed class WebhookSecretTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("batches-keys").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The example in the specification of Standard Webhooks.</summary>
    [Fact]
    public void A_signature_is_that_of_the_specification() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSecret.Sign(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", """{"test": 2432232314}"""u8));

    [Fact]
    public void The_library_of_the_specification_verifies_each_secret_and_rejects_other_content()
    {
        string[] secrets = [WebhookSecret.Create(), WebhookSecret.Create()];
        var body = """{"type":"batch.updated","data":{"id":"63a5b84c53e1218321c55572","batch":{"summary":"é 東京 😀"}}}""";
        var timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var headers = new HeaderDictionary
        {
            ["webhook-id"] = "63a5b84c53e1218321c55572",
            ["webhook-timestamp"] = timestamp,
        };
        var signatures = WebhookSecret.Sign(secrets, "63a5b84c53e1218321c55572", timestamp, Encoding.UTF8.GetBytes(body)).Split(' ');

        // The library checks the first signature only.
        foreach (var (secret, signature) in secrets.Zip(signatures).Reverse())
        {
            headers["webhook-signature"] = signature;
            new StandardWebhook(secret).Verify(body, headers);
        }
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhook(secrets[0]).Verify(body + " ", headers));
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhook(WebhookSecret.Create()).Verify(body, headers));
    }

    [Fact]
    public void A_new_secret_has_32_random_bytes()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => WebhookSecret.Create()).ToHashSet();
        Assert.Equal(100, secrets.Count);
        Assert.All(secrets, secret => Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length));
    }

    [Fact]
    public void Without_a_folder_secrets_are_stored_as_they_are()
    {
        var (webhook, secret) = (CreateWebhook(), WebhookSecret.Create());
        var protector = new WebhookSecretProtector(new WebhookOptions(AllowPrivate: false, KeyFolder: null));
        Assert.Equal(secret, protector.Protect(webhook, secret));
        Assert.Equal(secret, protector.TryUnprotect(webhook, secret));
        Assert.Equal(secret, CreateProtector().TryUnprotect(webhook, secret));
    }

    [Fact]
    public void With_a_folder_secrets_are_encrypted_for_one_webhook_and_every_server_with_the_folder_reads_them()
    {
        var (webhook, secret) = (CreateWebhook(), WebhookSecret.Create());
        var stored = CreateProtector().Protect(webhook, secret);
        Assert.StartsWith("encrypted:", stored, StringComparison.Ordinal);
        Assert.DoesNotContain(secret["whsec_".Length..], stored, StringComparison.Ordinal);
        Assert.Equal(secret, CreateProtector().TryUnprotect(webhook, stored));

        var others = new WebhookSecretProtector(new WebhookOptions(AllowPrivate: false, KeyFolder: null));
        Assert.Null(others.TryUnprotect(webhook, stored));
        Assert.Null(CreateProtector().TryUnprotect(CreateWebhook(id: "63a5b84c53e1218321c55573"), stored));
        Assert.Null(CreateProtector().TryUnprotect(CreateWebhook(account: 2), stored));
        Assert.Null(CreateProtector().TryUnprotect(webhook, $"{stored[..^1]}{(stored[^1] == 'A' ? 'B' : 'A')}"));
    }

    [Fact]
    public void Retries_follow_the_schedule_with_jitter()
    {
        double[] seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        Assert.Equal(10, RetrySchedule.MaxAttempts);
        foreach (var (i, expected) in seconds.Index())
        {
            Assert.Equal(expected, RetrySchedule.GetDelay(i + 1, 0.5)!.Value.TotalSeconds, 3);
            Assert.Equal(expected * 0.9, RetrySchedule.GetDelay(i + 1, 0)!.Value.TotalSeconds, 3);
            Assert.Equal(expected * 1.1, RetrySchedule.GetDelay(i + 1, 1)!.Value.TotalSeconds, 3);
        }
        Assert.Null(RetrySchedule.GetDelay(10, 0.5));
    }

    private static Webhook CreateWebhook(int account = 1, string id = "63a5b84c53e1218321c55572") => new() { AccountId = account, Id = id };

    private WebhookSecretProtector CreateProtector() => new(new WebhookOptions(AllowPrivate: false, _folder));
}
