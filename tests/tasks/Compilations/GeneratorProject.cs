namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>A library with a generator whose text is an expression over whatever it looks at.</summary>
internal static class GeneratorProject
{
    public const string Library = "Lib/Lib.csproj";

    /// <summary>The generator is built by itself first, so that only the library is compiled in the builds of a test.</summary>
    /// <param name="expression">C# that gives the text. The compiler's options are <c>options</c>, the value of build_property.Greeting is <c>greeting</c>.</param>
    /// <param name="properties">Properties of the library.</param>
    /// <param name="items">Items of the library.</param>
    public static TestSolution Create(string expression, string properties = "", string items = "")
    {
        TestSolution solution = new();
        Generators.AddTo(solution).AddLibrary(
            properties: "<Greeting>hello</Greeting>" + properties,
            items: $"""<Analyzer Include="../Gen/bin/Debug/netstandard2.0/Gen.dll" /><CompilerVisibleProperty Include="Greeting" />{items}""");
        // What a good generator must not do is what these do.
        solution.Replace("Gen/Gen.csproj", "<EnforceExtendedAnalyzerRules>true", "<EnforceExtendedAnalyzerRules>false");
        solution.Replace("Gen/Gen.cs", "+ greeting +", $"+ ({expression}) +");
        solution.Restore("Gen/Gen.csproj");
        solution.BuildWithoutCache("Gen/Gen.csproj").Succeeded();
        solution.Restore(Library);
        return solution;
    }

    /// <summary>Builds the library with the cache and without from a clean tree; both must be the same.</summary>
    public static BuildResult SameAsPlain(TestSolution solution, params string[] arguments)
    {
        Wipe(solution);
        BuildResult build = solution.Build(Library, arguments);
        SortedDictionary<string, string> outputs = solution.Outputs();
        Wipe(solution);
        Equivalence.Same(solution.BuildWithoutCache(Library, arguments), solution.Outputs(), build, outputs);
        return build;
    }

    /// <summary>Removes what was made of the library and leaves the generator.</summary>
    public static void Wipe(TestSolution solution)
    {
        foreach (string folder in (string[])["Lib/bin", "Lib/obj/Debug"])
        {
            if (Directory.Exists(solution.PathOf(folder)))
            {
                Directory.Delete(solution.PathOf(folder), recursive: true);
            }
        }
    }
}
