namespace BatchesApi.Http;

/// <summary>A value, or the problem to respond with. The default has neither: the request does not have the optional
/// part.</summary>
internal readonly struct Result<T>
{
    private readonly T _value;

    private Result(T value, Problem? problem)
    {
        _value = value;
        Problem = problem;
    }

    /// <summary>Null if there is a value.</summary>
    public Problem? Problem { get; }

    /// <exception cref="InvalidOperationException">There is a problem.</exception>
    public T Value => Problem is null ? _value : throw new InvalidOperationException(Problem.Detail);

    public static implicit operator Result<T>(T value) => new(value, problem: null);

    public static implicit operator Result<T>(Problem problem) => new(default!, problem);
}
