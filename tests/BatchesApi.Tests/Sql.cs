using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Tests;

/// <summary>Filters as SQL, without a database.</summary>
internal static partial class Sql
{
    private static readonly NpgsqlDataSource Source = NpgsqlDataSource.Create("Host=localhost");

    /// <summary>The condition of a value of <c>p</c>.</summary>
    public static Condition Plan(string p)
    {
        var errors = new ValidationErrors();
        var filter = MongoFilterParser.Parse(new QueryParameter("p", p), errors);
        var condition = filter is null ? Condition.Never : FilterPlanner.Plan([filter], errors);
        Assert.Empty(errors);
        return condition;
    }

    /// <summary>The condition of a value of <c>fields</c>.</summary>
    public static Condition PlanFields(string fields)
    {
        var errors = new ValidationErrors();
        var condition = FilterPlanner.Plan(FieldsParameter.Parse(new QueryParameter("fields", fields), errors).Conditions, errors);
        Assert.Empty(errors);
        return condition;
    }

    /// <summary>The condition of a value of <c>q</c>.</summary>
    public static Condition PlanTerms(string q)
    {
        var errors = new ValidationErrors();
        var condition = FilterPlanner.Plan(SearchParser.Parse(new QueryParameter("q", q), errors), errors);
        Assert.Empty(errors);
        return condition;
    }

    /// <summary>The SQL after WHERE for a value of <c>p</c>, without the table alias.</summary>
    public static string Where(string p) => Where(Plan(p));

    /// <summary>The SQL after WHERE for a condition, without the table alias.</summary>
    public static string Where(Condition condition)
    {
        var options = new DbContextOptionsBuilder<BatchesContext>();
        StorageServices.Configure(options, Source);
        using var db = new BatchesContext(options.Options);
        var sql = db.Batches.WhereCondition(condition, forRows: false).Select(b => b.Id).ToQueryString();
        var where = sql.IndexOf("WHERE ", StringComparison.Ordinal);
        return where < 0 ? "" : Spaces().Replace(sql[(where + 6)..].Replace("b.", "", StringComparison.Ordinal), " ");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
