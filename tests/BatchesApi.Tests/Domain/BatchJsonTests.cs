using System.Text;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Domain;

public sealed class BatchJsonTests
{
    private readonly Batch _batch = new()
    {
        Id = "63a5b84c53e1218321c55572",
        AccountId = 7,
        BatchCode = "B-1",
        BatchType = "renewal",
        CreatedAt = new DateTime(2026, 11, 23, 9, 30, 0, DateTimeKind.Utc),
        UpdatedAt = new DateTime(2026, 11, 23, 9, 30, 0, 500, DateTimeKind.Utc),
        Version = 1,
    };

    [Fact]
    public void A_batch_has_all_fields_in_order_including_nulls() => Assert.Equal(
        """
        {"id":"63a5b84c53e1218321c55572","batchCode":"B-1","batchType":"renewal","manager":null,"assignee":null,"dueDate":null,
        "repeated":false,"summary":null,"notes":null,"leadIds":[],"opportunityIds":[],"rating":null,
        "createdAt":"2026-11-23T09:30:00Z","updatedAt":"2026-11-23T09:30:00.5Z","version":1}
        """.ReplaceLineEndings(""),
        Write(FieldSet.All));

    [Fact]
    public void Values_are_written_by_their_types()
    {
        _batch.DueDate = new DateTime(2026, 12, 1, 0, 0, 0, DateTimeKind.Utc).AddMicroseconds(1);
        _batch.Repeated = true;
        _batch.Rating = 0;
        _batch.LeadIds = ["b", "a"];
        _batch.Notes = "";

        Assert.Equal(
            """{"dueDate":"2026-12-01T00:00:00.000001Z","repeated":true,"notes":"","leadIds":["b","a"],"rating":0}""",
            Write(BatchFields.DueDate, BatchFields.Repeated, BatchFields.Notes, BatchFields.LeadIds, BatchFields.Rating));
    }

    [Fact]
    public void A_deleted_batch_has_the_time_of_its_deletion()
    {
        _batch.DeletedAt = new DateTime(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc);

        Assert.EndsWith(
            """ "updatedAt":"2026-11-23T09:30:00.5Z","deletedAt":"2026-11-24T00:00:00Z","version":1}""".TrimStart(),
            Write(FieldSet.All),
            StringComparison.Ordinal);
        Assert.Equal("""{"deletedAt":"2026-11-24T00:00:00Z"}""", Write(BatchFields.DeletedAt));
    }

    [Fact]
    public void An_active_batch_never_has_deletedAt() => Assert.Equal("{}", Write(BatchFields.DeletedAt));

    [Fact]
    public void Only_the_kept_fields_are_written() => Assert.Equal(
        """{"id":"63a5b84c53e1218321c55572","version":1}""", Write(BatchFields.Version, BatchFields.Id));

    [Fact]
    public void Only_characters_that_JSON_requires_are_escaped()
    {
        _batch.Summary = "Zoë & <b>'آرش'</b> 日本 + \"x\" \\ \n\u0001";

        Assert.Equal("""{"summary":"Zoë & <b>'آرش'</b> 日本 + \"x\" \\ \n\u0001"}""", Write(BatchFields.Summary));
    }

    [Fact]
    public void Characters_beyond_the_basic_plane_are_preserved()
    {
        _batch.LeadIds = ["😀"];

        Assert.Equal("😀", JsonElement.Parse(Write(BatchFields.LeadIds)).GetProperty("leadIds")[0].GetString());
    }

    private string Write(params Field[] keep) => Write(keep.Aggregate(default(FieldSet), (set, field) => set.With(field)));

    private string Write(FieldSet keep)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonOutput.WriterOptions))
            BatchJson.Write(json, _batch, keep);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
