using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Querying.Filters;

/// <summary>Plans the conditions that look into text (contract, section 3): the terms of <c>q</c>, and <c>contains</c> and <c>startsWith</c> in
/// <c>fields</c>.</summary>
internal static class TextConditions
{
    /// <summary>Plans a term: it occurs in a searched text, or is a whole id.</summary>
    /// <param name="term">The term.</param>
    /// <param name="holds">Whether it is to hold, or not to.</param>
    public static Condition Plan(TermFilter term, bool holds)
    {
        var occurs = holds != term.Excluded;
        var id = term.Text.ToLowerInvariant();
        var places = new List<Condition> { new Searched(term.Text, occurs) };
        if (ObjectId.IsValid(id))
            places.Add(new Compared(BatchFields.Id, occurs ? Comparison.Equal : Comparison.NotEqual, id));
        places.AddRange(BatchFields.All
            .Where(field => field.Kind == FieldKind.TextList && term.Text.Length <= field.MaxLength * 2)
            .Select(field => new Contains(field, [.. new[] { term.Text, id }.Distinct()], All: false, occurs)));
        return Joined.Of(isAnd: !occurs, places);
    }

    /// <summary>Plans a condition of <c>fields</c>, which has no negation.</summary>
    public static Condition Plan(Field field, OperatorFilter condition, Faults faults)
    {
        var operand = condition.Value!;
        if (field.Kind is not (FieldKind.Text or FieldKind.TextList))
        {
            condition.Place.Fault(faults, $"needs text, but '{field}' is none.");
            return Condition.Never;
        }
        if (operand.Kind == FilterValueKind.Null)
        {
            operand.Place.Fault(faults, "must be text; the text null is put in double quotes.");
            return Condition.Never;
        }

        var matched = new Matched(field, operand.Text, condition.Operator == FilterOperator.StartsWith);
        if (field.Kind == FieldKind.TextList)
            return new SomeElement(field, matched, Holds: true);

        // The text of all searched fields has what one of them has, and there is an index on that.
        return field.IsSearched ? Condition.AllOf(new Searched(operand.Text, Holds: true), matched) : matched;
    }
}
