using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;
using Mono.Cecil;
using NetArchTest.Rules;

namespace BatchesApi.Tests;

/// <summary>Dependencies between the folders of the server are one-way, and only <c>Storage</c> contains SQL.</summary>
public sealed partial class ArchitectureTests
{
    private const string Storage = "BatchesApi.Storage";

    /// <summary>The folders on which each folder may depend.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Domain"] = [],
        ["Concurrency"] = [],
        ["Http"] = ["Domain", "Concurrency"],
        ["Lists"] = ["Domain", "Http"],
        ["Storage"] = ["Domain", "Concurrency", "Lists"],
        ["Access"] = ["Domain", "Concurrency", "Http", "Lists", "Storage"],
        ["Batches"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access"],
        ["Bulk"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches"],
        ["Leases"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches"],
        ["Changes"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches"],
        ["Webhooks"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches"],
        ["Administration"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches"],
        ["OpenApi"] = ["Domain", "Http", "Lists", "Access", "Administration", "Batches", "Bulk", "Changes", "Leases", "Webhooks"],
        ["Pages"] = ["Http", "OpenApi"],
        ["Hosting"] =
        [
            "Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Administration", "Batches", "Bulk", "Changes", "Leases",
            "Webhooks", "OpenApi", "Pages",
        ],
        ["Cli"] = ["Domain", "Concurrency", "Http", "Lists", "Storage", "Access", "Batches", "Hosting"],
    };

    private static readonly string[] Tables = [.. ReadTables()];

    /// <summary>A part of a statement that names a table, such as <c>FROM batches</c>.</summary>
    private static readonly Regex TableStatement = new(
        @"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TRUNCATE|ANALYZE|VACUUM|COPY|USING|ONLY|ON)\s+(?:""?\w+""?\s*\.\s*)?""?"
        + $@"(?:{string.Join('|', Tables)})\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    public static TheoryData<string> Folders => [.. Arrows.Keys];

    private static Types Server => Types.InAssembly(typeof(Batch).Assembly);

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_depends_only_on_the_folders_below_it(string folder) => AssertIndependent(
        folder, Arrows.Keys.Except(Arrows[folder]).Where(other => other != folder).Select(other => $"BatchesApi.{other}"));

    [Theory]
    [InlineData("Domain")]
    [InlineData("Http")]
    [InlineData("Lists")]
    public void Parsers_do_not_depend_on_the_database(string folder) =>
        AssertIndependent(folder, ["Microsoft.EntityFrameworkCore", "Npgsql"]);

    [Fact]
    public void Queries_do_not_depend_on_HTTP() => AssertIndependent("Lists", ["Microsoft.AspNetCore"]);

    [Fact]
    public void Every_type_is_in_a_folder_with_declared_dependencies() => Assert.Equal(
        Arrows.Keys.Order(),
        typeof(Batch).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("BatchesApi", StringComparison.Ordinal) == true)
            .Where(type => type != typeof(Program) && type.DeclaringType != typeof(Program))
            .Select(type => type.Namespace!.Split('.').ElementAtOrDefault(1) ?? "no folder")
            .Distinct()
            .Order());

    /// <summary>The compiler turns async methods and lambdas into separate types. A check that skipped these would always pass.</summary>
    [Fact]
    public void Dependencies_of_async_methods_and_lambdas_are_found()
    {
        var found = Server.That().HaveName("BatchReadHandlers").Should().HaveDependencyOn("BatchesApi.Lists.ListPlanner").GetResult();
        Assert.True(found.IsSuccessful, "BatchReadHandlers uses ListPlanner in an async method.");

        found = Server.That().HaveName("BatchWriteHandlers").Should().HaveDependencyOn("BatchesApi.Domain.FieldSet").GetResult();
        Assert.True(found.IsSuccessful, "BatchWriteHandlers uses FieldSet in lambdas.");
    }

    [Fact]
    public void Only_Storage_queries_the_batches_of_all_accounts()
    {
        using var server = AssemblyDefinition.ReadAssembly(typeof(Batch).Assembly.Location);
        var uses = FindTableUses(server).ToLookup(use => use.Namespace == Storage);

        // This use exists: if it is not found, the check finds nothing at all.
        Assert.Contains("AccountBatchesSql.BatchesForAccount", uses[true].Select(use => use.Name));

        Assert.Empty(uses[false].Select(use => use.Name));
    }

    [Fact]
    public void Only_Storage_contains_SQL_statements_on_tables()
    {
        var statements = Directory.GetFiles(AppContext.BaseDirectory, "BatchesApi*.dll")
            .Where(file => Path.GetFileName(file) is "BatchesApi.dll" or "BatchesApi.DevServer.dll")
            .SelectMany(FindStatements)
            .ToLookup(statement => IsInStorage(statement.Namespace));

        // Statements on every table exist: a table without any would mean that the check does not find them.
        var inStorage = statements[true]
            .Where(statement => statement.Namespace != $"{Storage}.Migrations")
            .Select(statement => statement.Text)
            .ToList();
        Assert.All(Tables, table => Assert.Contains(inStorage, text => text.Contains(table, StringComparison.Ordinal)));

        Assert.Empty(statements[false].Select(statement => $"{statement.Type}: {statement.Text}"));
    }

    /// <summary>A distributed PostgreSQL has each account on another machine, and a row of a shard has no address that lasts. The source
    /// is checked, because the compiler cuts statements at their parameters.</summary>
    [Fact]
    public void A_statement_on_a_table_of_accounts_contains_the_account_and_no_row_address()
    {
        var folder = Path.Combine(SourceFolder(), "..", "..", "src", "BatchesApi", "Storage");
        var statements = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("Migrations", StringComparison.Ordinal))
            .SelectMany(file => StringLiteral().Matches(File.ReadAllText(file)).Select(literal => literal.Value))
            .Where(text => AccountStatement().IsMatch(text))
            .ToList();

        // Without these, the check does not find statements at all.
        Assert.All(
            (string[])["batches", "batch_search", "batch_changes", "batch_leases", "idempotency_keys", "webhooks", "webhook_deliveries"],
            table => Assert.Contains(statements, text => text.Contains(table, StringComparison.Ordinal)));

        Assert.All(statements, text =>
        {
            Assert.DoesNotContain("ctid", text, StringComparison.Ordinal);
            Assert.Matches("(?i)account|{Is(?:Key|Leased|Pending)\\(", text);
        });
    }

    [Theory]
    [InlineData("SELECT id FROM batches WHERE id = $1")]
    [InlineData("select 1 from\n  users")]
    [InlineData("DELETE FROM public.\"batch_changes\" AS h")]
    [InlineData("WITH k AS (INSERT INTO idempotency_keys VALUES (1)) SELECT 1")]
    [InlineData("UPDATE api_keys SET name = ''")]
    [InlineData("ANALYZE batches")]
    [InlineData("SELECT 1 FROM a JOIN accounts ON true")]
    [InlineData("SELECT max(migration_id) FROM schema_migrations")]
    [InlineData("DELETE FROM ")]
    [InlineData("SELECT * FROM\n")]
    [InlineData("INSERT INTO \"")]
    [InlineData("UPDATE ")]
    [InlineData("batch_changes")]
    public void A_statement_on_a_table_is_recognized(string text) => Assert.True(IsTableStatement(text));

    [Theory]
    [InlineData("Lists accounts, and restores batches from an export.")]
    [InlineData("Update")]
    [InlineData("batches")]
    [InlineData("SELECT 1 FROM pg_database")]
    [InlineData("SELECT 1 FROM users_of_another_schema")]
    public void Prose_and_SQL_on_foreign_tables_are_not_recognized(string text) => Assert.False(IsTableStatement(text));

    private static void AssertIndependent(string folder, IEnumerable<string> namespaces)
    {
        // NetArchTest compares prefixes of namespaces, so subfolders are included. It cannot see constants, which the compiler replaces.
        var result = Server.That().ResideInNamespace($"BatchesApi.{folder}").ShouldNot().HaveDependencyOnAny([.. namespaces]).GetResult();

        Assert.True(result.IsSuccessful, $"{folder} must not have the dependencies of {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    /// <summary>Returns the tables of the model, and the table in which EF Core records migrations.</summary>
    private static IEnumerable<string> ReadTables()
    {
        using var db = new DesignTimeContextFactory().CreateDbContext([]);
        return [.. db.Model.GetEntityTypes().Select(entity => entity.GetTableName()!), SchemaVersionReader.MigrationsTable];
    }

    /// <summary>Whether a string is SQL on one of the tables: a statement that names one, the start of a statement that continues with an
    /// interpolated table, or the name of a table that is not an English word.</summary>
    private static bool IsTableStatement(string text) =>
        TableStatement.IsMatch(text)
        || StatementStart().IsMatch(text)
        || (text.Contains('_', StringComparison.Ordinal) && Tables.Contains(text));

    /// <summary>Finds statements in the compiled code. There, constants are already combined and inlined, wherever they are
    /// declared.</summary>
    private static List<(string Namespace, string Type, string Text)> FindStatements(string file)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(file);
        return [
            .. from type in assembly.MainModule.GetTypes()
               from text in type.Methods.SelectMany(FindStrings).Concat(type.Fields.Select(field => field.Constant).OfType<string>())
               where IsTableStatement(text)
               let outermost = FindOutermost(type)
               select (outermost.Namespace, outermost.Name, text),
        ];
    }

    private static IEnumerable<string> FindStrings(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<string>() : [];

    private static bool IsInStorage(string name) => name == Storage || name.StartsWith($"{Storage}.", StringComparison.Ordinal);

    /// <summary>Finds the methods that query the batches of a context, including in expression trees.</summary>
    private static IEnumerable<(string Namespace, string Name)> FindTableUses(AssemblyDefinition assembly) =>
        from type in assembly.MainModule.GetTypes()
        from method in type.Methods
        from call in FindCalls(method)
        where IsTable(call)
        select (FindOutermost(type).Namespace, $"{FindOutermost(type).Name}.{GetSourceName(method)}");

    private static IEnumerable<MethodReference> FindCalls(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>() : [];

    private static bool IsTable(MethodReference method) =>
        (method.Name == $"get_{nameof(BatchesContext.Batches)}" && method.DeclaringType.FullName == typeof(BatchesContext).FullName)
        || (method is GenericInstanceMethod { Name: nameof(DbContext.Set) } set
            && set.GenericArguments[0].FullName == typeof(Batch).FullName);

    private static TypeDefinition FindOutermost(TypeDefinition type) => type.IsNested ? FindOutermost(type.DeclaringType) : type;

    /// <summary>Returns the method in the source of a generated method: <c>Create</c> for <c>&lt;Create&gt;d__3.MoveNext</c>.</summary>
    private static string GetSourceName(MethodDefinition method)
    {
        var source = GeneratedName().Match(method.DeclaringType.Name);
        if (!source.Success)
            source = GeneratedName().Match(method.Name);
        return source.Success ? source.Groups[1].Value : method.Name;
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    /// <summary>A raw or an ordinary string.</summary>
    [GeneratedRegex(""""
        """.*?"""|"(?:\\.|[^"\\\n])*"
        """", RegexOptions.Singleline)]
    private static partial Regex StringLiteral();

    [GeneratedRegex(
        @"\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+"
        + @"(?:batches|batch_search|batch_changes|batch_leases|idempotency_keys|webhooks|webhook_deliveries)\b")]
    private static partial Regex AccountStatement();

    [GeneratedRegex("^<(.+?)>")]
    private static partial Regex GeneratedName();

    [GeneratedRegex("""\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TRUNCATE|ANALYZE|COPY|USING)\s+"?$""", RegexOptions.CultureInvariant)]
    private static partial Regex StatementStart();
}
