using System.Linq.Expressions;
using BatchesApi.Model;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Querying;

/// <summary>A page of a list.</summary>
/// <param name="Batches">The records of the page, in order.</param>
/// <param name="Total">The records of the whole list, null where they were not counted.</param>
/// <param name="HasNext">Whether a page follows.</param>
internal sealed record ListPage(IReadOnlyList<Batch> Batches, long? Total, bool HasNext);

/// <summary>Turns a plan into queries, by expression trees over the catalogue, and runs them.</summary>
internal static class ListQuery
{
    /// <summary>Runs a plan over the batches that the caller may see.</summary>
    public static async Task<ListPage> RunAsync(IQueryable<Batch> visible, ListPlan plan, CancellationToken cancellation)
    {
        var matching = Matching(visible, plan.Where);
        long? total = plan.Count == CountMode.None ? null : await matching.LongCountAsync(cancellation);
        if (plan.Offset >= (total ?? int.MaxValue))
            return new ListPage([], total, HasNext: false);

        // Without a total, one record more than the page holds tells whether another page follows.
        var batches = await Page(matching, plan, total is null ? plan.Limit + 1 : plan.Limit).ToListAsync(cancellation);
        var hasNext = total is { } count ? plan.Offset + batches.Count < count : batches.Count > plan.Limit;
        return new ListPage(batches.Count > plan.Limit ? batches[..plan.Limit] : batches, total, hasNext);
    }

    /// <summary>The batches that meet a condition.</summary>
    public static IQueryable<Batch> Matching(IQueryable<Batch> visible, Condition where) =>
        where == Condition.Always ? visible : visible.Where(ConditionTranslator.Translate(where));

    /// <summary>The query for the records of the plan's page.</summary>
    public static IQueryable<Batch> Page(IQueryable<Batch> matching, ListPlan plan, int take) =>
        Sort(matching, plan.Order).Skip((int)plan.Offset).Take(take);

    private static IQueryable<Batch> Sort(IQueryable<Batch> batches, IReadOnlyList<SortKey> order)
    {
        var sorted = batches.Expression;
        var first = true;
        void By(LambdaExpression key, bool descending)
        {
            var method = (first ? "OrderBy" : "ThenBy") + (descending ? "Descending" : "");
            sorted = Expression.Call(typeof(Queryable), method, [typeof(Batch), key.ReturnType], sorted, Expression.Quote(key));
            first = false;
        }

        foreach (var (field, descending) in order)
        {
            if (field is { IsNullable: true, Origin: not FieldOrigin.Deletion })
                By(HasNoValue(field), descending: false);
            By(field.Selector, descending);
        }
        return batches.Provider.CreateQuery<Batch>(sorted);
    }

    private static LambdaExpression HasNoValue(Field field)
    {
        var path = field.Selector;
        return Expression.Lambda(Expression.Equal(path.Body, Expression.Constant(null, path.ReturnType)), path.Parameters);
    }
}
