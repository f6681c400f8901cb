namespace BatchesApi.ProcessTests.Recipes;

public sealed class CSharpRecipeTests(Databases databases) : ClientRecipeTest(databases, "csharp");
