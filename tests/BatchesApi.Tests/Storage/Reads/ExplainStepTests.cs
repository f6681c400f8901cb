using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

/// <summary>The steps of a query, parsed from PostgreSQL's EXPLAIN, and their description for a client.</summary>
public sealed class ExplainStepTests
{
    /// <summary>A page in the depth: ids by an index alone, in two partitions of which the second was not needed, then rows by their
    /// key, sorted.</summary>
    private const string DeepPage =
        """
        [{"Plan":{"Node Type":"Sort","Parallel Aware":false,"Plan Rows":21,"Actual Rows":20,"Actual Loops":1,
         "Sort Key":["b.rating DESC NULLS LAST","b.id DESC"],"Plans":[
          {"Node Type":"Nested Loop","Plan Rows":21,"Actual Rows":20,"Actual Loops":1,"Plans":[
            {"Node Type":"Aggregate","Plan Rows":21,"Actual Rows":21,"Actual Loops":1,"Plans":[
              {"Node Type":"Append","Plan Rows":242,"Actual Rows":121,"Actual Loops":1,"Plans":[
                {"Node Type":"Index Only Scan","Relation Name":"batches","Alias":"b","Index Name":"ix_batches_rating",
                 "Plan Rows":121,"Actual Rows":121,"Actual Loops":1,
                 "Rows Removed by Index Recheck":0,"Heap Fetches":0},
                {"Node Type":"Index Only Scan","Relation Name":"batches","Alias":"b_1","Index Name":"ix_batches_manager",
                 "Plan Rows":121,"Actual Rows":0,"Actual Loops":0,
                 "Rows Removed by Index Recheck":0,"Heap Fetches":0}]}]},
            {"Node Type":"Index Scan","Relation Name":"batches","Alias":"b_2","Index Name":"pk_batches",
             "Plan Rows":1,"Actual Rows":1,"Actual Loops":20,
             "Rows Removed by Filter":2,"Rows Removed by Index Recheck":0}]}]},
          "Planning Time":0.4,"Triggers":[],"Execution Time":0.9}]
        """;

    /// <summary>Records found by two indexes of which the bitmaps are joined.</summary>
    private const string Gathered =
        """
        [{"Plan":{"Node Type":"Aggregate","Plan Rows":1,"Actual Rows":1,"Actual Loops":1,"Plans":[
          {"Node Type":"Bitmap Heap Scan","Relation Name":"batches","Alias":"b","Plan Rows":40,"Actual Rows":27,"Actual Loops":1,
           "Recheck Cond":"(text ~~ '%zircon%'::text)","Rows Removed by Index Recheck":5,"Rows Removed by Filter":3,"Plans":[
            {"Node Type":"BitmapOr","Plan Rows":40,"Actual Rows":0,"Actual Loops":1,"Plans":[
              {"Node Type":"Bitmap Index Scan","Index Name":"ix_batch_search_text","Plan Rows":30,"Actual Rows":31,"Actual Loops":1},
              {"Node Type":"Bitmap Index Scan","Index Name":"ix_batch_search_lead_ids","Plan Rows":10,"Actual Rows":4,"Actual Loops":1},
              {"Node Type":"Bitmap Index Scan","Index Name":"ix_batch_search_lead_ids","Plan Rows":10,"Actual Rows":4,
               "Actual Loops":1}]}]}]}}]
        """;

    /// <summary>Three workers that look at everything, and a sort in each.</summary>
    private const string Parallel =
        """
        [{"Plan":{"Node Type":"Gather Merge","Plan Rows":21,"Actual Rows":21.00,"Actual Loops":1,"Plans":[
          {"Node Type":"Incremental Sort","Plan Rows":21,"Actual Rows":21.00,"Actual Loops":3,"Plans":[
            {"Node Type":"Seq Scan","Relation Name":"batches","Alias":"b",
             "Plan Rows":1000,"Actual Rows":900.00,"Actual Loops":3,"Rows Removed by Filter":100}]}]}}]
        """;

    /// <summary>A list on Citus: the plan of the coordinator around that of a shard.</summary>
    private const string Distributed =
        """
        [{"Plan":{"Node Type":"Custom Scan","Custom Plan Provider":"Citus Adaptive","Parallel Aware":false,"Startup Cost":0.0,
         "Plan Rows":0,"Plan Width":0,"Actual Rows":21,"Actual Loops":1,
         "Distributed Query":{"Job":{"Task Count":1,"Tasks Shown":"All","Tasks":[
          {"Node":"host=worker1 port=5432 dbname=batches","Remote Plan":[[{"Plan":
           {"Node Type":"Index Scan","Relation Name":"batches_102008","Alias":"b","Index Name":"ix_batches_created_at_102008",
            "Plan Rows":40,"Actual Rows":21,"Actual Loops":1,"Rows Removed by Filter":9}}]]}]}}}}]
        """;

    [Theory]
    [InlineData(Distributed, "createdAt, id", 40, 21, 21 + 9, 0)]
    [InlineData(DeepPage, "rating, id; id", 21, 20, 121 + (20 * 3), 20)]
    [InlineData(Gathered, "text; leadIds", 1, 1, 27 + 5 + 3, 0)]
    [InlineData(Parallel, "none", 21, 21, 3 * 1_000, 3 * 900)]
    public void A_step_contains_its_indexes_and_the_numbers_of_expected_found_read_and_sorted_records(
        string explained, string indexes, long estimated, long actual, long read, long sorted)
    {
        var step = ExplainStep.Parse("walk", explained);
        Assert.Equal(indexes, string.Join("; ", step.Indexes));
        Assert.Equal(
            ("walk", estimated, actual, read, sorted),
            (step.Name, step.EstimatedRows, step.ActualRows, step.ReadRows, step.SortedRows));
    }

    [Fact]
    public void A_step_is_serialized() => Assert.Equal(
        """{"step":"gather","indexes":["text","leadIds"],"estimatedRows":1,"actualRows":1,"readRows":35,"sortedRows":0}""",
        JsonSerializer.Serialize(ExplainStep.Parse("gather", Gathered), BatchesJsonContext.Default.ExplainStep));

    [Fact]
    public void An_explanation_is_serialized()
    {
        var explanation = new QueryExplanation
        {
            Where = "assignee = 'amy'",
            Order = "rating asc, id asc",
            Steps = [ExplainStep.Parse("walk", Parallel)],
        };
        Assert.Equal(
            """
            {"where":"assignee = \u0027amy\u0027","order":"rating asc, id asc","steps":[
            {"step":"walk","indexes":["none"],"estimatedRows":21,"actualRows":21,"readRows":3000,"sortedRows":2700}]}
            """.ReplaceLineEndings(""),
            JsonSerializer.Serialize(explanation, BatchesJsonContext.Default.QueryExplanation));
    }

    [Theory]
    [InlineData("ix_batches_created_at", "createdAt, id")]
    [InlineData("ix_batches_batch_type_rating", "batchType, rating, id")]
    [InlineData("ux_batches_account_id_batch_code", "batchCode")]
    [InlineData("ix_batches_deleted_batch_code", "batchCode, id")]
    [InlineData("ix_batches_repeated", "id")]
    [InlineData("ix_batch_search_text", "text")]
    [InlineData("ix_batch_search_lead_ids", "leadIds")]
    [InlineData("ix_batch_search_opportunity_ids", "opportunityIds")]
    [InlineData("pk_batches", "id")]
    [InlineData("of_the_operators_own", "id")]
    public void An_index_is_described_by_its_fields(string name, string expected) => Assert.Equal(expected, BatchIndex.Describe(name));
}
