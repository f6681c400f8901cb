using System.Linq.Expressions;
using System.Reflection;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage.Reads;

/// <summary>Turns a condition into an expression that EF translates. Values become parameters of the SQL, so that statements repeat
/// and are planned once, and nothing that a client wrote is SQL.</summary>
internal static class ConditionTranslator
{
    /// <summary>What PostgreSQL escapes with unless told otherwise.</summary>
    private const string LikeEscape = @"\";

    private static readonly MethodInfo Collate = ((Func<DbFunctions, string, string, string>)RelationalDbFunctionsExtensions.Collate).Method;

    private static readonly MethodInfo CompareText = ((Func<string, string, int>)string.Compare).Method;

    private static readonly MethodInfo LikeText = ((Func<DbFunctions, string, string, string, bool>)DbFunctionsExtensions.Like).Method;

    private static readonly MethodInfo Fold = ((Func<string?, string?>)SearchFunctions.Fold).Method;

    private static readonly MethodInfo Pattern = ((Func<string, bool, string>)SearchFunctions.Pattern).Method;

    /// <summary>The batches that meet a condition.</summary>
    public static IQueryable<Batch> WhereCondition(this IQueryable<Batch> batches, Condition where) =>
        where == Condition.Always ? batches : batches.Where(Translate(where));

    /// <summary>Translates a condition.</summary>
    public static Expression<Func<Batch, bool>> Translate(Condition condition)
    {
        var batch = Expression.Parameter(typeof(Batch), "b");
        var searchText = Expression.Call(typeof(EF), nameof(EF.Property), [typeof(string)], batch, Expression.Constant(BatchConfiguration.SearchText));
        return Expression.Lambda<Func<Batch, bool>>(
            Body(condition, field => field is null ? searchText : Expression.Property(batch, field.Property)), batch);
    }

    /// <summary>The expression of a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="of">The value of a field, or the element of its list that the condition is about; of none, the searched text.</param>
    private static Expression Body(Condition condition, Func<Field?, Expression> of) => condition switch
    {
        Constant(var isPositive) => Expression.Constant(isPositive),
        Logical(var isAnd, var parts) => Balanced(isAnd, [.. parts.Select(part => Body(part, of))]),
        IsMissing(var field, var isPositive) => Is(isPositive, Expression.Equal(of(field), Expression.Constant(null, of(field).Type))),
        Comparison(var field, var comparison, var value) => Compare(of(field), comparison, value),
        OneOf(var field, var values, var isPositive) => OneOf(of(field), values, isPositive),
        Contains(var field, var values, var all, var isPositive) => Is(isPositive, Contains(of(field), values, all)),
        ArrayEquals(var field, var values, var isPositive) => Is(isPositive, Expression.Equal(of(field), Parameter(values.ToArray(), typeof(string[])))),
        ArrayLength(var field, var count, var isPositive) => Is(isPositive, Expression.Equal(Expression.ArrayLength(of(field)), Parameter(count, typeof(int)))),
        AnyElement(var field, var element, var isPositive) => Is(isPositive, AnyElement(of(field), element)),
        TextSearch(var term, var isPositive) => Is(isPositive, Like(of(null), term, atStart: false)),
        TextMatch(var field, var term, var atStart) => Like(Expression.Call(Fold, of(field)), term, atStart),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, null),
    };

    /// <summary>Joins expressions as a tree that is no deeper than it must be, since EF walks it by recursion.</summary>
    private static Expression Balanced(bool isAnd, ReadOnlySpan<Expression> parts)
    {
        if (parts.Length == 1)
            return parts[0];
        var (left, right) = (Balanced(isAnd, parts[..(parts.Length / 2)]), Balanced(isAnd, parts[(parts.Length / 2)..]));
        return isAnd ? Expression.AndAlso(left, right) : Expression.OrElse(left, right);
    }

    private static BinaryExpression Compare(Expression value, ComparisonOperator comparison, object operand)
    {
        var parameter = Parameter(operand, value.Type);
        if (comparison is ComparisonOperator.Equal)
            return Expression.Equal(value, parameter);
        if (comparison is ComparisonOperator.NotEqual)
            return WithValue(value, Expression.NotEqual(value, parameter));
        return value.Type == typeof(string)
            ? Ordered(comparison, Expression.Call(CompareText, InCodePoints(value), parameter), Expression.Constant(0))
            : Ordered(comparison, value, parameter);
    }

    private static BinaryExpression Ordered(ComparisonOperator comparison, Expression left, Expression right) => comparison switch
    {
        ComparisonOperator.Greater => Expression.GreaterThan(left, right),
        ComparisonOperator.GreaterOrEqual => Expression.GreaterThanOrEqual(left, right),
        ComparisonOperator.Less => Expression.LessThan(left, right),
        _ => Expression.LessThanOrEqual(left, right),
    };

    private static MethodCallExpression InCodePoints(Expression text) =>
        Expression.Call(Collate, Expression.Constant(EF.Functions), text, Expression.Constant(BatchConfiguration.BinaryCollation));

    /// <summary>A condition on a value that must be there. That comes first: EF then knows that it need not make up for C#'s null.</summary>
    private static BinaryExpression WithValue(Expression value, Expression condition) => Expression.AndAlso(
        value.Type.IsValueType && Nullable.GetUnderlyingType(value.Type) is null
            ? Expression.Constant(true)
            : Expression.NotEqual(value, Expression.Constant(null, value.Type)),
        condition);

    private static BinaryExpression OneOf(Expression value, IReadOnlyList<object> values, bool isPositive)
    {
        var items = Array.CreateInstance(value.Type, values.Count);
        for (var i = 0; i < items.Length; i++)
            items.SetValue(values[i], i);
        var parameter = Parameter(items, items.GetType());
        return WithValue(value, Is(isPositive, Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [value.Type], parameter, value)));
    }

    private static MethodCallExpression Contains(Expression list, IReadOnlyList<string> values, bool all)
    {
        Expression given = Parameter(values.ToArray(), typeof(string[]));
        var item = Expression.Parameter(typeof(string), "x");
        var (outer, inner, method) = all ? (given, list, nameof(Enumerable.All)) : (list, given, nameof(Enumerable.Any));
        var isIn = Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [typeof(string)], inner, item);
        return Expression.Call(typeof(Enumerable), method, [typeof(string)], outer, Expression.Lambda<Func<string, bool>>(isIn, item));
    }

    private static MethodCallExpression AnyElement(Expression list, Condition element)
    {
        var item = Expression.Parameter(typeof(string), "x");
        var body = Expression.Lambda<Func<string, bool>>(Body(element, _ => item), item);
        return Expression.Call(typeof(Enumerable), nameof(Enumerable.Any), [typeof(string)], list, body);
    }

    private static MethodCallExpression Like(Expression folded, string term, bool atStart) => Expression.Call(
        LikeText,
        Expression.Constant(EF.Functions),
        folded,
        Expression.Call(Pattern, Parameter(term, typeof(string)), Expression.Constant(atStart)),
        Expression.Constant(LikeEscape));

    private static Expression Is(bool isPositive, Expression condition) => isPositive ? condition : Expression.Not(condition);

    /// <summary>A value that EF takes for a captured variable, and so for a parameter.</summary>
    private static MemberExpression Parameter(object value, Type type)
    {
        var box = Activator.CreateInstance(typeof(Box<>).MakeGenericType(type), value)!;
        return Expression.Property(Expression.Constant(box), nameof(Box<object>.Value));
    }

    /// <summary>Not a record: equal values must stay parameters of their own, so that the SQL depends on the shape of the condition alone.</summary>
    private sealed class Box<T>(T value)
    {
        public T Value { get; } = value;
    }
}
