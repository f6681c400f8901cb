namespace BatchesApi.Domain;

/// <summary>The schema of the property is a component with this name, for the OpenAPI document.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ComponentAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
