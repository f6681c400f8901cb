using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>The parameter <c>fields</c>, understood: "the filter of the records" (specification, section 3).</summary>
/// <param name="Keep">The fields to keep in each record: all, where no bare name is given.</param>
/// <param name="Conditions">The conditions, all of which must hold.</param>
internal sealed record FieldsParameter(FieldSet Keep, IReadOnlyList<FieldFilter> Conditions)
{
    private static readonly FieldsParameter None = new(FieldSet.All, []);

    /// <summary>Reads the parameter of a list.</summary>
    public static FieldsParameter Parse(QueryParameter? parameter, ValidationErrors errors) =>
        parameter is { } given ? Parse(given, conditionsAllowed: true, errors) : None;

    /// <summary>Reads the parameter of a retrieve, which takes bare names only.</summary>
    public static FieldSet ParseNames(QueryParameter? parameter, ValidationErrors errors) =>
        parameter is { } given ? Parse(given, conditionsAllowed: false, errors).Keep : FieldSet.All;

    private static FieldsParameter Parse(QueryParameter parameter, bool conditionsAllowed, ValidationErrors errors)
    {
        var kept = new FieldSet().With(BatchFields.Id);
        var anyName = false;
        var conditions = new List<FieldFilter>();
        if (FilterLimits.IsTooLong(parameter, errors))
            return None;
        foreach (var term in new FieldsLexer(parameter, errors).Parse())
        {
            var name = term.Parts[0].Items[0];
            var field = Field(name, term.Parts[0], errors);
            if (term.Parts.Count == 1)
            {
                anyName = true;
                kept = field is null ? kept : kept.With(field);
            }
            else if (!conditionsAllowed)
            {
                name.Location.AddError(errors, "is a condition, but one batch is not filtered; only names may stand here.");
            }
            else if (Condition(term, errors) is { } condition && field is not null)
            {
                conditions.Add(new FieldFilter(name.Location, field.Name, [condition]));
                if (conditions.Count == FilterLimits.Conditions + 1)
                    name.Location.AddError(errors, $"is one condition too many: there may be {FilterLimits.Conditions}.");
            }
        }
        return new FieldsParameter(anyName ? kept : FieldSet.All, conditions);
    }

    private static Field? Field(TermItem name, TermPart part, ValidationErrors errors)
    {
        if (part.Items.Count > 1 || name.IsQuoted)
        {
            name.Location.AddError(errors, "must be the name of one field, without quotes.");
            return null;
        }
        var field = BatchFields.FindIgnoringCase(name.Text);
        if (name.Text.Length == 0)
        {
            name.Location.AddError(errors, "must be the name of a field, but nothing is there.");
        }
        else if (field is null)
        {
            name.Location.AddError(
                errors, $"names '{name.Text}', which is not a field of a batch.{Suggestion.For(name.Text, BatchFields.All.Select(f => f.Name))}");
        }
        return field;
    }

    private static OperatorFilter? Condition(Term term, ValidationErrors errors)
    {
        if (term.Parts.Count > 3)
        {
            term.Parts[3].Items[0].Location.AddError(errors, "is too much: a condition is name:value or name:operator:value, and a value with a "
                + "comma, colon or bar in it is put in double quotes.");
            return null;
        }

        var op = FilterOperator.Eq;
        if (term.Parts.Count == 3)
        {
            if (Operator(term.Parts[1], errors) is not { } given)
                return null;
            op = given;
        }

        var (location, items) = (term.Parts[^1].Items[0].Location, term.Parts[^1].Items);
        var values = items.Select(item => Value(item, errors)).ToList();
        if (op == FilterOperator.In)
        {
            FilterLimits.AreTooMany(values.Count, location, errors);
            return new OperatorFilter(location, op, new FilterValue(location, FilterValueKind.List, "", values), []);
        }
        if (values.Count > 1)
        {
            location.AddError(errors, "must be one value, since only the operator in takes several; a value with a bar in it is put in double "
                + "quotes.");
        }
        return new OperatorFilter(location, op, values[0], []);
    }

    private static FilterOperator? Operator(TermPart part, ValidationErrors errors)
    {
        var word = part.Items[0];
        var op = part.Items.Count > 1 || word.IsQuoted ? null : FilterOperators.FromFieldsName(word.Text);
        if (op is null)
        {
            word.Location.AddError(errors, $"names '{word.Text}', which is not an operator; these are: {string.Join(", ", FilterOperators.FieldsNames)}."
                + $"{Suggestion.For(word.Text, FilterOperators.FieldsNames)} A value with a colon in it is put in double quotes.");
        }
        return op;
    }

    private static FilterValue Value(TermItem item, ValidationErrors errors)
    {
        if (!FilterLimits.IsStorable(item.Text))
            item.Location.AddError(errors, FilterLimits.Unstorable);
        else if (item is { Text: "", IsQuoted: false })
            item.Location.AddError(errors, """must be a value, but nothing is there; the empty text is "", and null stands for no value.""");
        return item is { Text: "null", IsQuoted: false }
            ? new FilterValue(item.Location, FilterValueKind.Null, item.Text)
            : new FilterValue(item.Location, FilterValueKind.Word, item.Text);
    }
}
