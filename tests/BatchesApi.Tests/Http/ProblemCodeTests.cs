using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class ProblemCodeTests
{
    /// <summary>The statuses of the specification (section 5), and 408, which Kestrel sends.</summary>
    private static readonly int[] Statuses = [400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 422, 429, 500, 503];

    public static TheoryData<string> Names => [.. ProblemCode.All.Select(code => code.Name)];

    [Fact]
    public void Every_declared_code_is_in_the_catalogue_once() => Assert.Equal(
        typeof(ProblemCode).GetFields().Where(f => f.FieldType == typeof(ProblemCode)).Select(f => (ProblemCode)f.GetValue(null)!),
        ProblemCode.All);

    [Fact]
    public void Names_are_unique() => Assert.Distinct(ProblemCode.All.Select(code => code.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_code_has_a_snake_case_name_a_specified_status_a_title_and_a_remedy(string name)
    {
        var code = ProblemCode.All.Single(c => c.Name == name);

        Assert.Matches(@"\A[a-z]+(_[a-z]+)*\z", code.Name);
        Assert.Contains(code.Status, Statuses);
        Assert.Matches(@"\A[A-Z].+\.\z", code.Title);
        Assert.Matches(@"\A[A-Z].+\.\z", code.Remedy);
        Assert.Equal($"/problems/{name}", code.Path);
    }

    [Fact]
    public void The_catalogue_is_sorted_by_status() =>
        Assert.Equal(ProblemCode.All.Select(code => code.Status).Order(), ProblemCode.All.Select(code => code.Status));
}
