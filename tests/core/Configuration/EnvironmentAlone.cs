namespace BuildCache.Tests.Configuration;

/// <summary>Tests that set environment variables, which belong to the whole process: they run alone.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class EnvironmentAlone;
