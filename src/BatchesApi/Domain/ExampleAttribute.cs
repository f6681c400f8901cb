namespace BatchesApi.Domain;

/// <summary>The example and the minimum of a number in a response, for the OpenAPI document.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExampleAttribute(int value, int minimum = 0) : Attribute
{
    public int Value { get; } = value;

    public int Minimum { get; } = minimum;
}
