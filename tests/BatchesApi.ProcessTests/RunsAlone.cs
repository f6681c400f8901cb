namespace BatchesApi.ProcessTests;

/// <summary>Tests that run after all others, one at a time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class RunsAlone;
