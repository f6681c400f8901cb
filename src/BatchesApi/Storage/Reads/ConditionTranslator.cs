using System.Linq.Expressions;
using System.Reflection;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage.Reads;

/// <summary>Translates a condition to an expression for EF Core. Values become parameters of the SQL: statements repeat and are planned
/// once, and client input never becomes SQL. Relative values must be resolved before.</summary>
/// <param name="forRows">Whether the condition is evaluated row by row, so that each term is folded once, by a subquery. Otherwise
/// PostgreSQL estimates how many rows meet it, for which the terms must be known when the statement is planned.</param>
internal sealed class ConditionTranslator(bool forRows)
{
    /// <summary>PostgreSQL's default escape character.</summary>
    private const string LikeEscape = @"\";

    private static readonly MethodInfo Collate =
        ((Func<DbFunctions, string, string, string>)RelationalDbFunctionsExtensions.Collate).Method;

    private static readonly MethodInfo CompareText = ((Func<string, string, int>)string.Compare).Method;

    private static readonly MethodInfo LikeText = ((Func<DbFunctions, string, string, string, bool>)DbFunctionsExtensions.Like).Method;

    private static readonly MethodInfo Fold = ((Func<string?, string?>)SearchFunctions.Fold).Method;

    private static readonly MethodInfo Position = ((Func<string?, string?, int>)SearchFunctions.Position).Method;

    private static readonly MethodInfo Substring = typeof(string).GetMethod(nameof(string.Substring), [typeof(int)])!;

    private static readonly MethodInfo Pattern = ((Func<string, string>)SearchFunctions.Pattern).Method;

    private static readonly MethodInfo SearchSubstring = ((Func<string, string>)SearchFunctions.Substring).Method;

    private static readonly string[] SearchColumns = [BatchConfiguration.SearchShort, BatchConfiguration.SearchLong];

    public Expression<Func<Batch, bool>> Translate(Condition condition)
    {
        var batch = Expression.Parameter(typeof(Batch), "b");
        return Expression.Lambda<Func<Batch, bool>>(
            Translate(condition, batch, field => Expression.Property(batch, field.Property)), batch);
    }

    /// <param name="condition">The condition.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="valueOf">Returns the expression for a field, or for an element of an array field.</param>
    private Expression Translate(Condition condition, Expression batch, Func<Field, Expression> valueOf) => condition switch
    {
        Constant(var isPositive) => Expression.Constant(isPositive),
        Logical(var isAnd, var parts) => Balanced(isAnd, [.. parts.Select(part => Translate(part, batch, valueOf))]),
        IsMissing(var field, var isPositive) =>
            Is(isPositive, Expression.Equal(valueOf(field), Expression.Constant(null, valueOf(field).Type))),
        Comparison(var field, var comparison, var value) => Compare(valueOf(field), comparison, value),
        OneOf(var field, var values, var isPositive) => OneOf(valueOf(field), values, isPositive),
        Contains(var field, var values, var all, var isPositive) =>
            Is(isPositive, Contains(valueOf(field), values, all)),
        ArrayEquals(var field, var values, var isPositive) =>
            Is(isPositive, Expression.Equal(valueOf(field), Parameter(values.Cast<string>().ToArray(), typeof(string[])))),
        ArrayLength(var field, var count, var isPositive) =>
            Is(isPositive, Expression.Equal(Expression.ArrayLength(valueOf(field)), Parameter(count, typeof(int)))),
        AnyElement(var field, var element, var isPositive) => Is(isPositive, AnyElement(batch, valueOf(field), element)),
        TextSearch(var term, var isPositive) => Is(isPositive, Search(batch, term)),
        TextMatch(var field, var term, var atStart, var isPositive) =>
            Is(isPositive, Matches(Expression.Call(Fold, valueOf(field)), (string)term, atStart)),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, null),
    };

    /// <summary>Joins expressions to a tree of minimum depth, because EF Core visits it recursively.</summary>
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

    /// <summary>A condition on a value that is not null. The null check comes first, so that EF Core adds no compensation for C#'s null
    /// semantics.</summary>
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
        var contains = Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [value.Type], parameter, value);
        return WithValue(value, Is(isPositive, contains));
    }

    private static MethodCallExpression Contains(Expression list, IReadOnlyList<object> values, bool all)
    {
        Expression given = Parameter(values.Cast<string>().ToArray(), typeof(string[]));
        var item = Expression.Parameter(typeof(string), "x");
        var (outer, inner, method) = all ? (given, list, nameof(Enumerable.All)) : (list, given, nameof(Enumerable.Any));
        var isIn = Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [typeof(string)], inner, item);
        return Expression.Call(typeof(Enumerable), method, [typeof(string)], outer, Expression.Lambda<Func<string, bool>>(isIn, item));
    }

    private MethodCallExpression AnyElement(Expression batch, Expression list, Condition element)
    {
        var item = Expression.Parameter(typeof(string), "x");
        var body = Expression.Lambda<Func<string, bool>>(Translate(element, batch, _ => item), item);
        return Expression.Call(typeof(Enumerable), nameof(Enumerable.Any), [typeof(string)], list, body);
    }

    /// <summary>Whether the folded text of a batch contains a term. Looking for a substring takes PostgreSQL two thirds of the time of
    /// <c>LIKE</c>, for which EF Core's ESCAPE prepares the pattern again in each row. But only <c>LIKE</c> can be estimated.</summary>
    private Expression Search(Expression batch, string term)
    {
        var texts = SearchColumns.Select(column =>
            Expression.Call(typeof(EF), nameof(EF.Property), [typeof(string)], batch, Expression.Constant(column)));
        if (!forRows)
        {
            var pattern = Expression.Call(Pattern, Parameter(term, typeof(string)));
            return Balanced(isAnd: false, [.. texts.Select(text => (Expression)Expression.Call(
                LikeText, Expression.Constant(EF.Functions), text, pattern, Expression.Constant(LikeEscape)))]);
        }
        var part = TermFunction(term, given => Expression.Call(SearchSubstring, given));
        return Balanced(isAnd: false, [.. texts.Select(text => (Expression)Contains(text, part))]);
    }

    /// <summary>Whether a folded text contains or starts with a term. No index serves this, so it needs no pattern, which would find a
    /// short term only at the start of words.</summary>
    private BinaryExpression Matches(Expression folded, string term, bool atStart)
    {
        // A folded text begins with a space.
        var part = TermFunction(term, given => atStart
            ? Expression.Call(Fold, given)
            : Expression.Call(Expression.Call(Fold, given), Substring, Expression.Constant(1)));
        return atStart ? Expression.Equal(Expression.Call(Position, folded, part), Expression.Constant(1)) : Contains(folded, part);
    }

    private static BinaryExpression Contains(Expression text, Expression part) =>
        Expression.GreaterThan(Expression.Call(Position, text, part), Expression.Constant(0));

    /// <summary>A function of a term; for rows as a subquery over an array of one term, for which EF Core would evaluate
    /// Select here, hence Max.</summary>
    private Expression TermFunction(string term, Func<Expression, Expression> function)
    {
        if (!forRows)
            return function(Parameter(term, typeof(string)));
        var item = Expression.Parameter(typeof(string), "t");
        return Expression.Call(
            typeof(Enumerable),
            nameof(Enumerable.Max),
            [typeof(string), typeof(string)],
            Parameter(new[] { term }, typeof(string[])),
            Expression.Lambda<Func<string, string>>(function(item), item));
    }

    private static Expression Is(bool isPositive, Expression condition) => isPositive ? condition : Expression.Not(condition);

    /// <summary>A value as EF Core sees a captured variable, which it makes a parameter.</summary>
    private static MemberExpression Parameter(object value, Type type)
    {
        var box = Activator.CreateInstance(typeof(Box<>).MakeGenericType(type), value)!;
        return Expression.Property(Expression.Constant(box), nameof(Box<object>.Value));
    }

    /// <summary>Not a record: equal values must be separate parameters, so that the SQL depends only on the shape of the
    /// condition.</summary>
    private sealed class Box<T>(T value)
    {
        public T Value { get; } = value;
    }
}

/// <summary>Conditions on queries for batches.</summary>
internal static class ConditionExtensions
{
    /// <summary>The batches that meet a condition.</summary>
    public static IQueryable<Batch> WhereCondition(this IQueryable<Batch> batches, Condition where, bool forRows = true) =>
        where == Condition.Always ? batches : batches.Where(new ConditionTranslator(forRows).Translate(where));
}
