using BatchesApi.Webhooks.Sending;

namespace BatchesApi.Tests.Webhooks;

public sealed class WebhookServiceTests
{
    [Theory]
    [InlineData(0, 0.025)]
    [InlineData(0.1, 0.4)]
    [InlineData(8, 5)]
    public void The_pause_after_a_round_grows_with_it_but_lets_leases_be_renewed(double round, double pause) =>
        Assert.Equal(pause, WebhookService.GetPause(TimeSpan.FromSeconds(round)).TotalSeconds, 3);
}
