using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Tests.Domain;

public sealed class BatchFieldsTests
{
    public static TheoryData<string> Names => [.. BatchFields.All.Select(f => f.Name)];

    [Fact]
    public void Every_property_of_a_batch_except_the_account_is_a_field() => Assert.Equal(
        typeof(Batch).GetProperties().Select(p => p.Name).Where(name => name != nameof(Batch.AccountId)).Order(),
        BatchFields.All.Select(f => f.Property).Order());

    [Fact]
    public void Fields_are_in_the_order_of_the_specification() => Assert.Equal(
        [
            "id", "batchCode", "batchType", "manager", "assignee", "dueDate", "repeated", "summary", "notes", "leadIds",
            "opportunityIds", "rating", "createdAt", "updatedAt", "deletedAt", "version",
        ],
        BatchFields.All.Select(f => f.Name));

    [Fact]
    public void Clients_may_write_the_fields_of_the_reference() => Assert.Equal(
        [
            "batchCode", "batchType", "manager", "assignee", "dueDate", "repeated", "summary", "notes", "leadIds", "opportunityIds",
            "rating",
        ],
        BatchFields.Writable.Select(f => f.Name));

    [Fact]
    public void Only_the_code_and_the_type_are_required() => Assert.Equal(
        [BatchFields.BatchCode, BatchFields.BatchType], BatchFields.All.Where(f => f.Origin == FieldOrigin.Required));

    [Fact]
    public void All_fields_except_arrays_are_sortable() => Assert.Equal(
        [BatchFields.LeadIds, BatchFields.OpportunityIds], BatchFields.All.Where(f => !f.IsSortable));

    [Fact]
    public void Each_field_has_a_separate_bit_in_a_set() => Assert.Equal(
        Enumerable.Range(0, Math.Min(BatchFields.All.Count, 31)), BatchFields.All.Select(f => f.Index));

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_are_the_properties_in_camel_case(string name)
    {
        var field = BatchFields.Find(name)!;

        Assert.Equal(JsonNamingPolicy.CamelCase.ConvertName(field.Property), field.Name);
        Assert.Equal(field.Name, field.EncodedName.Value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fields_are_found_by_exact_name_or_ignoring_case(string name)
    {
        Assert.Equal(name, BatchFields.Find(name)?.Name);
        Assert.Null(BatchFields.Find(name.ToUpperInvariant()));
        Assert.Equal(name, BatchFields.FindIgnoringCase(name.ToUpperInvariant())?.Name);
    }

    [Fact]
    public void The_account_is_not_a_field()
    {
        Assert.Null(BatchFields.Find("accountId"));
        Assert.Null(BatchFields.FindIgnoringCase("accountId"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_kind_of_a_field_matches_its_property(string name)
    {
        var field = BatchFields.Find(name)!;
        var type = typeof(Batch).GetProperty(field.Property)!.PropertyType;

        Assert.Equal(
            (Nullable.GetUnderlyingType(type) ?? type) switch
            {
                var t when t == typeof(string) => FieldKind.Text,
                var t when t == typeof(DateTime) => FieldKind.DateTime,
                var t when t == typeof(bool) => FieldKind.Boolean,
                var t when t == typeof(int) => FieldKind.Integer,
                _ => FieldKind.TextList,
            },
            field.Kind);
    }

    [Fact]
    public void Fields_without_a_default_can_be_null() => Assert.Equal(
        ["manager", "assignee", "dueDate", "summary", "notes", "rating", "deletedAt"],
        BatchFields.All.Where(f => f.IsNullable).Select(f => f.Name));

    [Fact]
    public void Limits_are_those_of_the_specification()
    {
        Assert.Equal(
            [
                ("batchCode", 64), ("batchType", 64), ("manager", 200), ("assignee", 200), ("summary", 500), ("notes", 10_000),
                ("leadIds", 64), ("opportunityIds", 64),
            ],
            BatchFields.Writable.Where(f => f.MaxLength is not null).Select(f => (f.Name, f.MaxLength!.Value)));
        Assert.Equal(
            [("leadIds", 1_000), ("opportunityIds", 1_000)],
            BatchFields.All.Where(f => f.MaxItems is not null).Select(f => (f.Name, f.MaxItems!.Value)));
        Assert.Equal((0, 5), BatchFields.Rating.Range);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Set_stores_a_value_and_null_sets_the_default(string name)
    {
        var field = BatchFields.Find(name)!;
        object value = field.Kind switch
        {
            FieldKind.Text => "text",
            FieldKind.DateTime => new DateTime(2026, 12, 1, 0, 0, 0, DateTimeKind.Utc),
            FieldKind.Boolean => true,
            FieldKind.Integer => 4,
            _ => new[] { "a", "b" },
        };
        var batch = new Batch();

        field.Set(batch, value);
        Assert.Equal(value, field.Get(batch));
        Assert.Equal(value, typeof(Batch).GetProperty(field.Property)!.GetValue(batch));

        field.Set(batch, null);
        Assert.Equal(field.Get(new Batch()), field.Get(batch));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_is_documented_by_a_sentence_and_an_example(string name)
    {
        var field = BatchFields.Find(name)!;
        using var example = JsonDocument.Parse(field.Example);

        Assert.Matches(@"\A[A-Z1].*\.\z", field.Description);
        Assert.Contains(example.RootElement.ValueKind, field.Kind switch
        {
            FieldKind.Text or FieldKind.DateTime => [JsonValueKind.String],
            FieldKind.Boolean => [JsonValueKind.True, JsonValueKind.False],
            FieldKind.Integer => [JsonValueKind.Number],
            _ => (JsonValueKind[])[JsonValueKind.Array],
        });
    }
}
