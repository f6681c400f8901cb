namespace BatchesApi.ProcessTests.Recipes;

public sealed class PythonRecipeTests(Databases databases) : ClientRecipeTest(databases, "python");
