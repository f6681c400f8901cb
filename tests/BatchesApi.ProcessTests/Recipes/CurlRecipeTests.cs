namespace BatchesApi.ProcessTests.Recipes;

public sealed class CurlRecipeTests(Databases databases) : ClientRecipeTest(databases, "curl");
