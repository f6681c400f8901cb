using System.Globalization;
using FluentValidation;

namespace BatchesApi.Domain;

/// <summary>The rules for the values of a batch (specification, section 1.1). Limits come from the catalogue of fields; lengths count code
/// points.</summary>
internal sealed class BatchValidator : AbstractValidator<BatchPatch>
{
    /// <summary>The error of a required field that was not passed.</summary>
    public const string Required = "is required.";

    public BatchValidator()
    {
        foreach (var field in BatchFields.Writable)
            AddRules(field);

        RuleFor(patch => patch.Values.BatchCode)
            .Must(code => code.Length == 0 || !string.IsNullOrWhiteSpace(code))
            .WithMessage("must not be blank.")
            .When(patch => patch.Passed.Contains(BatchFields.BatchCode))
            .OverridePropertyName(BatchFields.BatchCode.Name);
    }

    /// <summary>Validates the fields that a client passed.</summary>
    /// <param name="patch">The passed fields.</param>
    /// <param name="partial">Whether required fields may be missing.</param>
    /// <param name="errors">Receives the errors. Fields that already have one are skipped, except for further items of an array.</param>
    public void Validate(BatchPatch patch, bool partial, ValidationErrors errors)
    {
        foreach (var field in BatchFields.Writable)
        {
            if (field.Origin == FieldOrigin.Required && !partial && !patch.Passed.Contains(field) && !errors.Has(patch.GetName(field)))
                errors.Add(field.Name, Required);
        }
        var result = Validate(patch);
        if (result.IsValid)
            return;
        var fields = BatchFields.Writable
            .Where(field => field.Kind == FieldKind.TextList || !errors.Has(patch.GetName(field)))
            .ToDictionary(field => field.Name);
        foreach (var failure in result.Errors)
        {
            if (fields.TryGetValue(failure.PropertyName.Split('[')[0], out var field))
                errors.Add(patch.GetName(field), failure.ErrorMessage);
        }
    }

    private void AddRules(Field field)
    {
        bool IsPassed(BatchPatch patch) => patch.Passed.Contains(field);
        switch (field.Kind)
        {
            case FieldKind.Text:
                var min = field.Origin == FieldOrigin.Required ? 1 : 0;
                RuleFor(patch => (string?)field.Get(patch.Values))
                    .Must(text => text is null || HasLength(text, min, field.MaxLength!.Value))
                    .WithMessage((_, text) => DescribeLength(text!, min, field.MaxLength!.Value))
                    .When(IsPassed)
                    .OverridePropertyName(field.Name);
                break;

            case FieldKind.TextList:
                RuleFor(patch => GetItems(patch, field))
                    .Must(items => items.Length <= field.MaxItems)
                    .WithMessage((_, items) => string.Create(
                        CultureInfo.InvariantCulture, $"must have at most {field.MaxItems:N0} items, but has {items.Length:N0}."))
                    .When(IsPassed)
                    .OverridePropertyName(field.Name);

                // The items of grossly oversized arrays are not validated: that work is the attack.
                RuleForEach(patch => GetItems(patch, field))
                    .Must(item => HasLength(item, 1, field.MaxLength!.Value))
                    .WithMessage((_, item) => $"item {{CollectionIndex}} {DescribeLength(item, 1, field.MaxLength!.Value)}")
                    .When(patch => IsPassed(patch) && GetItems(patch, field).Length <= 10 * field.MaxItems)
                    .OverridePropertyName(field.Name);
                break;

            case FieldKind.Integer:
                var (lowest, highest) = field.Range!.Value;
                RuleFor(patch => (int?)field.Get(patch.Values))
                    .Must(number => number is null || (number >= lowest && number <= highest))
                    .WithMessage((_, number) => string.Create(
                        CultureInfo.InvariantCulture, $"must be between {lowest} and {highest}, but is {number}."))
                    .When(IsPassed)
                    .OverridePropertyName(field.Name);
                break;
        }
    }

    private static string[] GetItems(BatchPatch patch, Field field) => (string[])field.Get(patch.Values)!;

    private static string DescribeLength(string text, int min, int max)
    {
        var allowed = min == 0 ? "at most" : "1 to";
        return text.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"must be {allowed} {max:N0} characters, but is empty.")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"must be {allowed} {max:N0} characters, but has {Utf16.CountCodePoints(text):N0}.");
    }

    private static bool HasLength(string text, int min, int max)
    {
        var length = text.Length > max ? Utf16.CountCodePoints(text) : text.Length;
        return length >= min && length <= max;
    }
}
