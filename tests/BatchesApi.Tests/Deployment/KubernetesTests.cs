using BatchesApi.Domain;
using BatchesApi.Hosting;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace BatchesApi.Tests.Deployment;

/// <summary>The manifests in <c>deploy/kubernetes</c>. The client library rejects fields that Kubernetes does not have.</summary>
public sealed class KubernetesTests
{
    private static readonly List<object> All =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "deploy", "kubernetes"), "*.yaml")
            .SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true)),
    ];

    [Fact]
    public void There_is_a_manifest_for_each_part() => Assert.Equal(
        ["V1Deployment", "V1Job", "V1NetworkPolicy", "V1PodDisruptionBudget", "V1Secret", "V1Service"],
        All.Select(item => item.GetType().Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Pods_have_no_rights_and_no_writable_files()
    {
        foreach (var pod in (V1PodSpec[])[Find<V1Deployment>().Spec.Template.Spec, Find<V1Job>().Spec.Template.Spec])
        {
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
            Assert.False(pod.AutomountServiceAccountToken);
            var container = Assert.Single(pod.Containers);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Contains("memory", container.Resources.Limits.Keys);
            Assert.Contains(pod.Volumes, volume => volume.Secret?.SecretName == Find<V1Secret>().Name());
        }
    }

    [Fact]
    public void Selectors_match_the_servers()
    {
        var labels = Find<V1Deployment>().Spec.Template.Metadata.Labels;
        Assert.All(Find<V1Deployment>().Spec.Selector.MatchLabels, label => Assert.Contains(label, labels));
        Assert.All(Find<V1Service>().Spec.Selector, label => Assert.Contains(label, labels));
        Assert.All(Find<V1PodDisruptionBudget>().Spec.Selector.MatchLabels, label => Assert.Contains(label, labels));
        Assert.All(Find<V1NetworkPolicy>().Spec.PodSelector.MatchLabels, label => Assert.Contains(label, labels));
        Assert.NotEqual(labels, Find<V1Job>().Spec.Template.Metadata.Labels);
    }

    [Fact]
    public void The_settings_are_valid_and_pods_have_time_to_end()
    {
        var pod = Find<V1Deployment>().Spec.Template.Spec;
        var settings = pod.Containers[0].Env.Select(setting => (setting.Name, setting.Value))
            .Concat(Find<V1Secret>().StringData.Select(secret => (secret.Key, secret.Value)))
            .Select(setting => KeyValuePair.Create(setting.Item1.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Item2));
        var errors = new ValidationErrors();
        var options = ServerOptions.Read(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), isDevelopment: false, errors);
        Assert.Empty(errors.Lines());
        Assert.True(
            pod.TerminationGracePeriodSeconds > (options.Shutdown.Delay + options.Shutdown.Timeout).TotalSeconds,
            "The pod would be killed before the server has ended.");
    }

    [Fact]
    public void The_example_has_no_secret() =>
        Assert.Contains("Password=CHANGE-ME;", Find<V1Secret>().StringData["ConnectionStrings__Batches"], StringComparison.Ordinal);

    [Fact]
    public void Systemd_waits_until_the_server_has_ended()
    {
        var unit = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "deploy", "systemd", "batches-api.service"));
        var errors = new ValidationErrors();
        var settings = new Dictionary<string, string?> { ["ConnectionStrings:Batches"] = "Host=db;Database=batches" };
        var shutdown = ServerOptions.Read(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), isDevelopment: false, errors).Shutdown;
        Assert.Contains($"TimeoutStopSec={(int)(shutdown.Delay + shutdown.Timeout).TotalSeconds + 5}", unit);
    }

    private static T Find<T>() => Assert.Single(All.OfType<T>());
}
