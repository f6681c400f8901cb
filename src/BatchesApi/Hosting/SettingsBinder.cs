using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using BatchesApi.Domain;

namespace BatchesApi.Hosting;

/// <summary>Binds settings and reports every error. The framework's <c>ValidateOnStart</c> cannot do that: its binder throws at the first
/// value that it cannot convert, accepts <c>+1</c> and <c>0x10</c>, and rejects blank values, which mean the default here. It also
/// validates only after the development database has started. So this class validates the texts, and leaves the conversion to the
/// framework's binder.</summary>
internal static class SettingsBinder
{
    /// <summary>Binds the settings. An invalid value is replaced by its default.</summary>
    /// <typeparam name="T">The settings: a property for each section.</typeparam>
    /// <param name="configuration">The configuration.</param>
    /// <param name="errors">Receives the errors, by the names of the settings.</param>
    /// <param name="rejectUnknown">Whether an unknown name in a section is an error.</param>
    public static T Bind<T>(IConfiguration configuration, ValidationErrors errors, bool rejectUnknown = true)
        where T : new()
    {
        var valid = new Dictionary<string, string?>();
        foreach (var section in typeof(T).GetProperties())
            Validate(section.PropertyType, configuration.GetSection(section.Name));
        return new ConfigurationBuilder().AddInMemoryCollection(valid).Build().Get<T>() ?? new T();

        void Validate(Type type, IConfigurationSection parent)
        {
            var properties = type.GetProperties().ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
            foreach (var setting in parent.GetChildren())
            {
                var property = properties.GetValueOrDefault(setting.Key);
                if (property is null && rejectUnknown)
                    errors.Add(GetName(setting.Path), $"unknown setting.{Suggestion.For(setting.Key, properties.Keys)}");
                else if (property?.PropertyType is { IsClass: true } section && section != typeof(string))
                    Validate(section, setting);
                else if (property is not null)
                    ValidateValue(property, setting);
            }
        }

        void ValidateValue(PropertyInfo property, IConfigurationSection setting)
        {
            if (!string.IsNullOrWhiteSpace(setting.Value))
                Add(setting, FindAllowed(property, setting.Value));
            foreach (var child in rejectUnknown ? setting.GetChildren() : [])
            {
                // All texts are lists.
                var form = property.PropertyType == typeof(string) ? ", with commas between values" : "";
                errors.Add(GetName(child.Path), $"unknown setting. Set {GetName(setting.Path)} instead{form}.");
            }
        }

        void Add(IConfigurationSection setting, string? allowed)
        {
            if (allowed is null)
                valid[setting.Path] = setting.Value;
            else
                errors.Add(GetName(setting.Path), $"'{setting.Value}' is not valid; use {allowed}.");
        }
    }

    /// <summary>The name of a setting as an environment variable.</summary>
    public static string GetName(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Returns what is allowed instead of an invalid value, or null if the value is valid.</summary>
    private static string? FindAllowed(PropertyInfo property, string text)
    {
        var type = property.PropertyType;
        if (type == typeof(bool))
            return bool.TryParse(text, out _) ? null : "true or false";
        if (type.IsEnum)
        {
            var names = Enum.GetNames(type);
            return names.Contains(text.Trim(), StringComparer.OrdinalIgnoreCase) ? null : string.Join(" or ", names).ToLowerInvariant();
        }
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && range.IsValid(number)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"a whole number from {range.Minimum} to {range.Maximum}");
    }
}
