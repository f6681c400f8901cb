using System.Text;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Webhooks;

/// <summary>The condition of a webhook on the batches.</summary>
internal static class WebhookFilter
{
    /// <summary>Parses a stored condition.</summary>
    /// <returns>The condition with its relative values, or null if this version of the server does not know it.</returns>
    public static Condition? TryParse(string? stored)
    {
        if (stored is null)
            return Condition.Always;
        var errors = new ValidationErrors();
        var filter = MongoFilterParser.Parse("where", Encoding.UTF8.GetBytes(stored), errors);
        var condition = filter is null ? null : FilterPlanner.Plan([filter], errors);
        return errors.HasErrors ? null : condition;
    }

    /// <summary>Whether the condition depends on the caller, whom a webhook does not have.</summary>
    public static bool DependsOnCaller(Condition condition)
    {
        // The texts of conditions contain their values.
        string Resolve(string me) => condition.Resolve(new RelativeValues(DateTime.UnixEpoch, me)).ToString()!;
        return Resolve("a") != Resolve("b");
    }
}
