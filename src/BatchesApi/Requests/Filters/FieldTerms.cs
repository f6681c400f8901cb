using BatchesApi.Model;

namespace BatchesApi.Requests.Filters;

/// <summary>The parameter <c>fields</c>, understood: "the filter of the records" (contract, section 3).</summary>
/// <param name="Keep">The fields to keep in each record: all, where no bare name is given.</param>
/// <param name="Conditions">The conditions, all of which must hold.</param>
internal sealed record FieldTerms(FieldSet Keep, IReadOnlyList<FieldFilter> Conditions)
{
    private static readonly FieldTerms None = new(FieldSet.All, []);

    /// <summary>Reads the parameter of a list.</summary>
    public static FieldTerms Read(QueryParameter? parameter, Faults faults) =>
        parameter is { } given ? Read(given, conditionsAllowed: true, faults) : None;

    /// <summary>Reads the parameter of a retrieve, which takes bare names only.</summary>
    public static FieldSet ReadNames(QueryParameter? parameter, Faults faults) =>
        parameter is { } given ? Read(given, conditionsAllowed: false, faults).Keep : FieldSet.All;

    private static FieldTerms Read(QueryParameter parameter, bool conditionsAllowed, Faults faults)
    {
        var kept = new FieldSet().With(BatchFields.Id);
        var anyName = false;
        var conditions = new List<FieldFilter>();
        if (FilterLimits.IsTooLong(parameter, faults))
            return None;
        foreach (var term in new TermReader(parameter, faults).Read())
        {
            var name = term.Parts[0].Items[0];
            var field = Field(name, term.Parts[0], faults);
            if (term.Parts.Count == 1)
            {
                anyName = true;
                kept = field is null ? kept : kept.With(field);
            }
            else if (!conditionsAllowed)
            {
                name.Place.Fault(faults, "is a condition, but one batch is not filtered; only names may stand here.");
            }
            else if (Condition(term, faults) is { } condition && field is not null)
            {
                conditions.Add(new FieldFilter(name.Place, field.Name, [condition]));
                if (conditions.Count == FilterLimits.Conditions + 1)
                    name.Place.Fault(faults, $"is one condition too many: there may be {FilterLimits.Conditions}.");
            }
        }
        return new FieldTerms(anyName ? kept : FieldSet.All, conditions);
    }

    private static Field? Field(TermItem name, TermPart part, Faults faults)
    {
        if (part.Items.Count > 1 || name.IsQuoted)
        {
            name.Place.Fault(faults, "must be the name of one field, without quotes.");
            return null;
        }
        var field = BatchFields.NamedInAnyCase(name.Text);
        if (name.Text.Length == 0)
        {
            name.Place.Fault(faults, "must be the name of a field, but nothing is there.");
        }
        else if (field is null)
        {
            name.Place.Fault(
                faults, $"names '{name.Text}', which is not a field of a batch.{Suggestion.For(name.Text, BatchFields.All.Select(f => f.Name))}");
        }
        return field;
    }

    private static OperatorFilter? Condition(Term term, Faults faults)
    {
        if (term.Parts.Count > 3)
        {
            term.Parts[3].Items[0].Place.Fault(faults, "is too much: a condition is name:value or name:operator:value, and a value with a "
                + "comma, colon or bar in it is put in double quotes.");
            return null;
        }

        var op = FilterOperator.Eq;
        if (term.Parts.Count == 3)
        {
            if (Operator(term.Parts[1], faults) is not { } given)
                return null;
            op = given;
        }

        var (place, items) = (term.Parts[^1].Items[0].Place, term.Parts[^1].Items);
        var values = items.Select(item => Value(item, faults)).ToList();
        if (op == FilterOperator.In)
        {
            FilterLimits.AreTooMany(values.Count, place, faults);
            return new OperatorFilter(place, op, new FilterValue(place, FilterValueKind.List, "", values), []);
        }
        if (values.Count > 1)
        {
            place.Fault(faults, "must be one value, since only the operator in takes several; a value with a bar in it is put in double "
                + "quotes.");
        }
        return new OperatorFilter(place, op, values[0], []);
    }

    private static FilterOperator? Operator(TermPart part, Faults faults)
    {
        var word = part.Items[0];
        var op = part.Items.Count > 1 || word.IsQuoted ? null : FilterOperators.OfWord(word.Text);
        if (op is null)
        {
            word.Place.Fault(faults, $"names '{word.Text}', which is not an operator; these are: {string.Join(", ", FilterOperators.Words)}."
                + $"{Suggestion.For(word.Text, FilterOperators.Words)} A value with a colon in it is put in double quotes.");
        }
        return op;
    }

    private static FilterValue Value(TermItem item, Faults faults)
    {
        if (!FilterLimits.IsStorable(item.Text))
            item.Place.Fault(faults, FilterLimits.Unstorable);
        else if (item is { Text: "", IsQuoted: false })
            item.Place.Fault(faults, """must be a value, but nothing is there; the empty text is "", and null stands for no value.""");
        return item is { Text: "null", IsQuoted: false }
            ? new FilterValue(item.Place, FilterValueKind.Null, item.Text)
            : new FilterValue(item.Place, FilterValueKind.Word, item.Text);
    }
}
