using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>The parameter <c>fields</c> (specification, section 3.6).</summary>
/// <param name="Keep">The fields to keep in each record: the named ones, or all but the excluded ones.</param>
/// <param name="Conditions">The conditions, all of which must hold.</param>
internal sealed record FieldsParameter(FieldSet Keep, IReadOnlyList<FieldFilter> Conditions)
{
    private static readonly FieldsParameter None = new(FieldSet.All, []);

    /// <summary>Parses the parameter of a list.</summary>
    /// <param name="parameter">The parameter, or null.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="hasFilter">Whether the request also has <c>p</c>.</param>
    public static FieldsParameter Parse(QueryParameter? parameter, ValidationErrors errors, bool hasFilter = false) =>
        parameter is { } given ? Parse(given, FieldsTerms.All, errors, hasFilter) : None;

    /// <summary>Parses the parameter of a request for one batch, which accepts bare names only.</summary>
    public static FieldSet ParseNames(QueryParameter? parameter, ValidationErrors errors) =>
        parameter is { } given ? Parse(given, FieldsTerms.Names, errors).Keep : FieldSet.All;

    /// <summary>Parses the parameter of a request for groups, which accepts conditions only.</summary>
    /// <inheritdoc cref="Parse(QueryParameter?, ValidationErrors, bool)"/>
    public static FieldsParameter ParseConditions(QueryParameter? parameter, ValidationErrors errors, bool hasFilter) =>
        parameter is { } given ? Parse(given, FieldsTerms.Conditions, errors, hasFilter) : None;

    private static FieldsParameter Parse(QueryParameter parameter, FieldsTerms allowed, ValidationErrors errors, bool hasFilter = false)
    {
        var conditionsAllowed = allowed != FieldsTerms.Names;
        var (kept, excluded) = (new FieldSet().With(BatchFields.Id), FieldSet.All);
        var (anyKept, anyExcluded) = (false, false);
        var conditions = new List<FieldFilter>();
        if (FilterLimits.IsTooLong(parameter, errors))
            return None;
        if (parameter.Value.AsSpan().TrimStart() is ['{' or '[', ..])
        {
            new SourceLocation(parameter.Name, 1).AddError(
                errors, "expected terms, not JSON", FieldsPointers.DescribeJson(parameter.Value.Trim(), conditionsAllowed, hasFilter));
            return None;
        }
        var terms = new FieldsLexer(parameter, errors).Parse();
        for (var i = 0; i < terms.Count; i++)
        {
            var term = terms[i];
            if (conditionsAllowed && TryMergeList(terms, ref i, errors))
                continue;
            var name = term.Parts[0].Items[0];
            var isExcluded = !name.IsQuoted && name.Text.StartsWith('-');
            var field = ParseField(isExcluded ? name with { Text = name.Text[1..].TrimStart() } : name, term, errors);
            if (field is null && term.Parts.Count > 1 && FieldsPointers.Translate(term.Text) is not null)
                continue;
            if (term.Parts.Count == 1 && allowed == FieldsTerms.Conditions)
            {
                if (field is not null)
                {
                    name.Location.AddError(
                        errors, $"unexpected field name '{field}'", "Groups have only the fields in by. Use fields for conditions, such as "
                        + "assignee:amy.");
                }
            }
            else if (term.Parts.Count == 1)
            {
                if (isExcluded && field == BatchFields.Id)
                    name.Location.AddError(errors, $"cannot exclude '{field}'", "It is always returned.");
                if (isExcluded ? anyKept && !anyExcluded : anyExcluded && !anyKept)
                {
                    name.Location.AddError(
                        errors, "names to return and excluded names cannot be combined", "Use either names or -names.");
                }
                if (isExcluded)
                    (anyExcluded, excluded) = (true, field is null ? excluded : excluded.Without(field));
                else
                    (anyKept, kept) = (true, field is null ? kept : kept.With(field));
            }
            else if (!conditionsAllowed)
            {
                name.Location.AddError(errors, "unexpected condition", "A request for one batch accepts field names only.");
            }
            else if (isExcluded)
            {
                name.Location.AddError(errors, "unexpected '-' before a condition", field is null ? "" : Negate(field, term));
            }
            else if (ParseCondition(field, term, errors) is { } condition && field is not null)
            {
                conditions.Add(new FieldFilter(name.Location, field.Name, [condition]));
                FilterLimits.CheckConditions(conditions.Count, name.Location, errors);
            }
        }
        return new FieldsParameter(anyKept ? kept : excluded, conditions);
    }

    /// <summary>The advice for a condition that the client wanted to negate.</summary>
    private static string Negate(Field field, Term term)
    {
        return term.Parts.Count == 2 && FieldsPointers.Translate(field, "ne", term.Parts[1].Items) is not null
            ? $"Use {field}:ne:{term.Parts[1].Items[0].Source}."
            : FieldsPointers.DescribeNegation(field);
    }

    private static Field? ParseField(TermItem name, Term term, ValidationErrors errors)
    {
        if (term.Parts[0].Items.Count > 1 || name.IsQuoted)
        {
            name.Location.AddError(errors, "expected one field name without quotes");
            return null;
        }
        if (name.Text.Length == 0)
        {
            name.Location.AddError(errors, "expected a field name");
            return null;
        }
        var field = FieldNames.FindIgnoringCase(name.Text);
        if (field is null)
        {
            name.Location.AddError(
                errors, $"unknown field '{FieldsSyntax.Shorten(name.Text)}'", FieldsPointers.DescribeField(name.Text, term.Text));
        }
        return field;
    }

    /// <summary>Reports values of a list that are separated by commas, which separate terms. They look like names of unknown
    /// fields.</summary>
    private static bool TryMergeList(IReadOnlyList<Term> terms, ref int index, ValidationErrors errors)
    {
        static bool IsUnknown(Term term) =>
            term.Parts is [{ Items: [var item] }] && item.Text.Length > 0 && FieldNames.FindIgnoringCase(item.Text.TrimStart('-')) is null;

        if (terms[index].Parts is not [{ Items: [var name] }, { Items: [{ IsQuoted: false } word] }, var value]
            || OtherApiNames.FindOperator(word.Text) is not { } meaning
            || meaning is not (OperatorMeaning.In or OperatorMeaning.Nin or OperatorMeaning.Between)
            || index + 1 == terms.Count || !IsUnknown(terms[index + 1]) || FieldNames.FindIgnoringCase(name.Text) is not { } field)
        {
            return false;
        }
        var others = terms.Skip(index + 1).TakeWhile(IsUnknown).ToList();
        var values = value.Items.Concat(others.Select(term => term.Parts[0].Items[0])).ToList();
        var pointer = meaning == OperatorMeaning.Nin
            ? FieldsPointers.DescribeNin(field, values)
            : FieldsPointers.Translate(field, word.Text, values) is { } condition ? $"Use {condition}." : null;
        if (pointer is null)
            return false;
        var second = others[0].Parts[0];
        second.Start.AddError(errors, $"unexpected ',' before '{FieldsSyntax.Shorten(second.Items[0].Text)}'", pointer);
        index += others.Count;
        return true;
    }

    private static OperatorFilter? ParseCondition(Field? field, Term term, ValidationErrors errors)
    {
        if (term.Parts.Count > 3)
        {
            var colon = term.Parts[3].Start with { Character = term.Parts[3].Start.Character - 1 };
            colon.AddError(
                errors, "unexpected ':'", FieldsPointers.QuoteValue(field, term.Text) ?? "Quote values that contain ',', ':' or '|'.");
            return null;
        }

        var op = FilterOperator.Eq;
        if (term.Parts.Count == 3 && !TryParseOperator(field, term, errors, out op))
            return null;

        var (location, items) = (term.Parts[^1].Items[0].Location, term.Parts[^1].Items);
        if (field is not null && term.Parts.Count == 2 && items.Count == 1
            && FieldsPointers.TranslateValue(field, items[0]) is { } translated)
        {
            location.AddError(errors, $"unexpected operator in the value '{FieldsSyntax.Shorten(items[0].Text)}'", $"Use {translated}.");
            return null;
        }
        var values = items.Select(item => ParseValue(field, item, errors)).ToList();
        if (op == FilterOperator.In)
            FilterLimits.AreTooMany(values.Count, location, errors);
        else if (values.Count > 1)
            location.AddError(errors, "expected one value", "Only the operator 'in' takes several. Quote values that contain '|'.");
        var value = op == FilterOperator.In ? new FilterValue(location, FilterValueKind.List, "", values) : values[0];
        return new OperatorFilter(term.Parts[1].Items[0].Location, op, value, []);
    }

    private static bool TryParseOperator(Field? field, Term term, ValidationErrors errors, out FilterOperator op)
    {
        var (part, word) = (term.Parts[1], term.Parts[1].Items[0]);
        op = default;
        if (part.Items.Count == 1 && !word.IsQuoted && FieldsOperators.TryParse(word.Text, out op))
            return true;
        word.Location.AddError(
            errors, $"unknown operator '{FieldsSyntax.Shorten(word.Text)}'", FieldsPointers.DescribeOperator(field, word.Text, term));
        return false;
    }

    private static FilterValue ParseValue(Field? field, TermItem item, ValidationErrors errors)
    {
        if (field?.Kind == FieldKind.DateTime && !item.IsQuoted && RelativeTime.IsWord(item.Text))
            return new FilterValue(item.Location, RelativeTime.ParseWord(item.Text, item.Location, errors));
        if (!PostgresText.IsStorable(item.Text))
            item.Location.AddError(errors, "expected text without U+0000 and unpaired surrogates");
        else if (item is { Text: "", IsQuoted: false })
            item.Location.AddError(errors, "expected a value", """Use "" for an empty string or null for no value.""");
        return item is { Text: "null", IsQuoted: false }
            ? new FilterValue(item.Location, FilterValueKind.Null, item.Text)
            : new FilterValue(item.Location, FilterValueKind.Word, item.Text);
    }
}

/// <summary>The terms that an operation accepts in <c>fields</c>.</summary>
internal enum FieldsTerms
{
    All,
    Names,
    Conditions,
}
