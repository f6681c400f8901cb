using System.Globalization;
using System.Linq.Expressions;
using FluentValidation;

namespace BatchesApi.Domain;

/// <summary>What the values of a batch must satisfy, whoever writes them (specification, section 1). Limits come from the catalogue;
/// lengths count Unicode code points.</summary>
internal sealed class BatchValidator : AbstractValidator<BatchPatch>
{
    /// <summary>States the rules.</summary>
    public BatchValidator()
    {
        foreach (var field in BatchFields.Writable)
            AddRules(field);

        RuleFor(input => input.Values.BatchCode)
            .Must(code => code.Length == 0 || !string.IsNullOrWhiteSpace(code))
            .WithMessage("must not be blank.")
            .When(input => input.Passed.Contains(BatchFields.BatchCode))
            .OverridePropertyName(BatchFields.BatchCode.Name);
    }

    /// <summary>Holds an input against the rules.</summary>
    /// <param name="input">What the client passed.</param>
    /// <param name="partial">Whether fields may be left out that a whole batch needs.</param>
    /// <param name="errors">Gets what is wrong; a field that has a fault already is not looked at again, but for the other items of a list.</param>
    public void Validate(BatchPatch input, bool partial, ValidationErrors errors)
    {
        var readable = BatchFields.Writable
            .Where(field => field.Kind == FieldKind.TextList || !errors.Has(input.GetName(field)))
            .ToDictionary(field => field.Name);
        foreach (var field in readable.Values.Where(f => f.Origin == FieldOrigin.Required && !partial && !input.Passed.Contains(f)))
            errors.Add(field.Name, "is required.");
        foreach (var failure in Validate(input).Errors)
        {
            if (readable.TryGetValue(failure.PropertyName.Split('[')[0], out var field))
                errors.Add(input.GetName(field), failure.ErrorMessage);
        }
    }

    private void AddRules(Field field)
    {
        bool IsPassed(BatchPatch input) => input.Passed.Contains(field);
        switch (field.Kind)
        {
            case FieldKind.Text:
                var min = field.Origin == FieldOrigin.Required ? 1 : 0;
                RuleFor(Values<string?>(field))
                    .Must(text => text is null || HasLength(text, min, field.MaxLength!.Value))
                    .WithMessage(string.Create(
                        CultureInfo.InvariantCulture, $"must be {(min == 0 ? "at most" : "1 to")} {field.MaxLength:N0} characters."))
                    .When(IsPassed)
                    .OverridePropertyName(field.Name);
                break;

            case FieldKind.TextList:
                RuleFor(Values<string[]>(field))
                    .Must(items => items.Length <= field.MaxItems)
                    .WithMessage(string.Create(CultureInfo.InvariantCulture, $"must have at most {field.MaxItems:N0} items."))
                    .When(IsPassed)
                    .OverridePropertyName(field.Name);
                // A list this far beyond its limit is an attack, and a look at each item is what it is after.
                RuleForEach(ItemsOf(field))
                    .Must(item => HasLength(item, 1, field.MaxLength!.Value))
                    .WithMessage($"item {{CollectionIndex}} must be 1 to {field.MaxLength} characters.")
                    .When(input => IsPassed(input) && ((string[])field.Get(input.Values)!).Length <= 10 * field.MaxItems)
                    .OverridePropertyName(field.Name);
                break;

            case FieldKind.Integer:
                var (lowest, highest) = field.Range!.Value;
                RuleFor(Values<int?>(field))
                    .Must(number => number is null || (number >= lowest && number <= highest))
                    .WithMessage($"must be between {lowest} and {highest}.")
                    .When(IsPassed)
                    .OverridePropertyName(field.Name);
                break;
        }
    }

    private static bool HasLength(string text, int min, int max)
    {
        var length = text.Length > max ? text.EnumerateRunes().Count() : text.Length;
        return length >= min && length <= max;
    }

    private static Expression<Func<BatchPatch, T>> Values<T>(Field field)
    {
        var input = Expression.Parameter(typeof(BatchPatch), "input");
        return Expression.Lambda<Func<BatchPatch, T>>(ValueOf(field, input), input);
    }

    private static Expression<Func<BatchPatch, IEnumerable<string>>> ItemsOf(Field field)
    {
        var input = Expression.Parameter(typeof(BatchPatch), "input");
        return Expression.Lambda<Func<BatchPatch, IEnumerable<string>>>(ValueOf(field, input), input);
    }

    private static MemberExpression ValueOf(Field field, ParameterExpression input) =>
        Expression.Property(Expression.Property(input, nameof(BatchPatch.Values)), field.Property);
}
