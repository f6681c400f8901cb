using System.Text.RegularExpressions;
using BatchesApi.Data;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Tests.Querying.Filters;

/// <summary>Filters as SQL, without a database.</summary>
internal static partial class Sql
{
    private static readonly NpgsqlDataSource Source = NpgsqlDataSource.Create("Host=localhost");

    /// <summary>The condition that a value of <c>p</c> stands for.</summary>
    public static Condition Plan(string p)
    {
        var faults = new Faults();
        var filter = JsonFilter.Read(new QueryParameter("p", p), faults);
        var condition = filter is null ? Condition.Never : FilterPlanner.Plan([filter], faults);
        Assert.Empty(faults);
        return condition;
    }

    /// <summary>The condition that a value of <c>fields</c> stands for.</summary>
    public static Condition PlanFields(string fields)
    {
        var faults = new Faults();
        var condition = FilterPlanner.Plan(FieldTerms.Read(new QueryParameter("fields", fields), faults).Conditions, faults);
        Assert.Empty(faults);
        return condition;
    }

    /// <summary>The condition that a value of <c>q</c> stands for.</summary>
    public static Condition PlanTerms(string q)
    {
        var faults = new Faults();
        var condition = FilterPlanner.Plan(SearchTerms.Read(new QueryParameter("q", q), faults), faults);
        Assert.Empty(faults);
        return condition;
    }

    /// <summary>What follows WHERE for a value of <c>p</c>, without the alias of the table.</summary>
    public static string Where(string p) => Where(Plan(p));

    /// <summary>What follows WHERE for a condition, without the alias of the table.</summary>
    public static string Where(Condition condition)
    {
        var options = new DbContextOptionsBuilder<BatchesContext>();
        Database.Configure(options, Source);
        using var db = new BatchesContext(options.Options);
        var sql = db.Batches.Meeting(condition).Select(b => b.Id).ToQueryString();
        var where = sql.IndexOf("WHERE ", StringComparison.Ordinal);
        return where < 0 ? "" : Spaces().Replace(sql[(where + 6)..].Replace("b.", "", StringComparison.Ordinal), " ");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
