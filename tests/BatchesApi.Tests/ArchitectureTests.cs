using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Mono.Cecil;
using NetArchTest.Rules;

namespace BatchesApi.Tests;

/// <summary>The arrows between the folders of the server go one way, and one door leads to the batches.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>What each folder may know of the others.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Domain"] = [],
        ["Concurrency"] = [],
        ["Http"] = ["Domain", "Concurrency"],
        ["Lists"] = ["Domain", "Http"],
        ["Storage"] = ["Domain", "Concurrency", "Lists"],
        ["Access"] = ["Domain", "Concurrency", "Http", "Lists", "Storage"],
        ["Batches"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access"],
        ["OpenApi"] = ["Domain", "Http", "Lists", "Access", "Batches"],
        ["Hosting"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches", "OpenApi"],
        ["Cli"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches", "Hosting"],
    };

    public static TheoryData<string> Folders => [.. Arrows.Keys];

    private static Types Server => Types.InAssembly(typeof(Batch).Assembly);

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_knows_only_those_below_it(string folder) => AssertKnowsNone(
        folder, Arrows.Keys.Except(Arrows[folder]).Where(other => other != folder).Select(other => $"BatchesApi.{other}"));

    [Theory]
    [InlineData("Domain")]
    [InlineData("Http")]
    [InlineData("Lists")]
    public void What_is_parsed_knows_no_database(string folder) => AssertKnowsNone(folder, ["Microsoft.EntityFrameworkCore", "Npgsql"]);

    [Fact]
    public void Queries_know_no_HTTP() => AssertKnowsNone("Lists", ["Microsoft.AspNetCore"]);

    [Fact]
    public void Every_type_is_in_a_folder_that_has_its_arrows() => Assert.Equal(
        Arrows.Keys.Order(),
        typeof(Batch).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("BatchesApi", StringComparison.Ordinal) == true && type != typeof(Program) && type.DeclaringType != typeof(Program))
            .Select(type => type.Namespace!.Split('.').ElementAtOrDefault(1) ?? "no folder")
            .Distinct()
            .Order());

    /// <summary>Async methods and lambdas become types of their own; a check that did not see into them would pass for ever.</summary>
    [Fact]
    public void The_check_sees_into_async_methods_and_lambdas()
    {
        var seen = Server.That().HaveName("BatchReadHandlers").Should().HaveDependencyOn("BatchesApi.Lists.ListPlanner").GetResult();
        Assert.True(seen.IsSuccessful, "BatchReadHandlers uses ListPlanner in an async method.");

        seen = Server.That().HaveName("WriteOperations").Should().HaveDependencyOn("BatchesApi.Domain.FieldSet").GetResult();
        Assert.True(seen.IsSuccessful, "BatchWriteHandlers uses FieldSet in lambdas.");
    }

    [Fact]
    public void Outside_Storage_the_table_of_batches_is_not_touched()
    {
        using var server = AssemblyDefinition.ReadAssembly(typeof(Batch).Assembly.Location);
        var uses = UsesOfTable(server).ToLookup(use => use.Namespace == "BatchesApi.Storage");

        // Were these not found, the check would find nothing at all.
        Assert.Contains("AccountBatchesSql.BatchesForAccount", uses[true].Select(use => use.Name));

        Assert.Empty(uses[false].Select(use => use.Name));
    }

    private static void AssertKnowsNone(string folder, IEnumerable<string> namespaces)
    {
        // NetArchTest compares namespaces by their beginning, so that a folder stands for those in it too. It cannot see constants,
        // of which the compiler leaves the value only.
        var result = Server.That().ResideInNamespace($"BatchesApi.{folder}").ShouldNot().HaveDependencyOnAny([.. namespaces]).GetResult();

        Assert.True(result.IsSuccessful, $"{folder} must not know what these use: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    /// <summary>Where the code asks a context for its batches, in expression trees too.</summary>
    private static IEnumerable<(string Namespace, string Name, MethodDefinition Method)> UsesOfTable(AssemblyDefinition assembly) =>
        from type in assembly.MainModule.GetTypes()
        from method in type.Methods
        from call in CallsIn(method)
        where IsTable(call)
        select (Outermost(type).Namespace, $"{Outermost(type).Name}.{NameInSource(method)}", method);

    private static IEnumerable<MethodReference> CallsIn(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>() : [];

    private static bool IsTable(MethodReference method) =>
        (method.Name == $"get_{nameof(BatchesContext.Batches)}" && method.DeclaringType.FullName == typeof(BatchesContext).FullName)
        || (method is GenericInstanceMethod { Name: nameof(DbContext.Set) } set && set.GenericArguments[0].FullName == typeof(Batch).FullName);

    private static TypeDefinition Outermost(TypeDefinition type) => type.IsNested ? Outermost(type.DeclaringType) : type;

    /// <summary>The method that the compiler made this one of: <c>Create</c> for <c>&lt;Create&gt;d__3.MoveNext</c>.</summary>
    private static string NameInSource(MethodDefinition method)
    {
        var made = MadeOf().Match(method.DeclaringType.Name);
        if (!made.Success)
            made = MadeOf().Match(method.Name);
        return made.Success ? made.Groups[1].Value : method.Name;
    }

    [GeneratedRegex("^<(.+?)>")]
    private static partial Regex MadeOf();
}
