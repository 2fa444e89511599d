namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>A way to run MSBuild.</summary>
/// <param name="Arguments">What is added to the command line.</param>
/// <param name="Environment">Variables, as NAME=VALUE.</param>
/// <param name="Files">Files of the solution, by path.</param>
/// <param name="InServer">Whether the builds must run in MSBuild's server.</param>
/// <param name="HasOwnDiagnostics">Whether the mode has diagnostics or outputs of its own, so that it is compared with itself.</param>
/// <param name="Program">What runs the build: dotnet's verb, or MSBuild itself.</param>
internal sealed record Mode(
    string[] Arguments, string[]? Environment = null, Dictionary<string, string>? Files = null, bool InServer = false,
    bool HasOwnDiagnostics = false, string Program = "build");
