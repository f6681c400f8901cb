using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Reads;

/// <summary>How the indexes serve a list.</summary>
internal static class ListPlanExtensions
{
    /// <summary>The offset beyond which even an index scan takes noticeable time.</summary>
    private const int ScanOffset = 10_000;

    extension(ListPlan plan)
    {
        /// <summary>Whether an index contains exactly these records in exactly this order, so that one plan is good for all
        /// values.</summary>
        public bool IsIndexOnlyOrder
        {
            get
            {
                if (plan.Order.Any(key => key.Descending != plan.Order[0].Descending))
                    return false;
                return BatchIndex.Serves([.. plan.Parts.Select(EqualField)], [.. plan.Order.Select(key => key.Field)]);
            }
        }

        /// <summary>Whether the list may read all batches of the account and keep a processor of the database busy for long.</summary>
        public bool MayScan => !plan.IsIndexOnlyOrder || plan.Count == CountMode.Exact || plan.Offset > ScanOffset;
    }

    private static Field? EqualField(Condition part) =>
        part is Comparison { Operator: ComparisonOperator.Equal } equal ? equal.Field : null;
}
