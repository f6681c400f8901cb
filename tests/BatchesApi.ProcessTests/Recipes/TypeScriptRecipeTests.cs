namespace BatchesApi.ProcessTests.Recipes;

public sealed class TypeScriptRecipeTests(Databases databases) : ClientRecipeTest(databases, "typescript");
