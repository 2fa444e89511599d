namespace BuildCache.MSBuild.Tests.Changes;

/// <summary>A project Lib, with others beside it where it needs them, and a change of one input alone.</summary>
/// <param name="Arrange">Writes the projects.</param>
/// <param name="Change">Changes the input.</param>
/// <param name="Misses">How many compilations the change concerns.</param>
internal sealed record ChangeRow(Action<TestSolution> Arrange, Action<TestSolution> Change, int Misses = 1);
