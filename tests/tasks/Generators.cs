namespace BuildCache.MSBuild.Tests;

/// <summary>A source generator, built from source by the solution that uses it.</summary>
internal static class Generators
{
    /// <summary>Adds the project Gen, whose generator writes the build property Greeting into a constant.</summary>
    public static TestSolution AddTo(TestSolution solution) => solution
        .Write("Gen/Gen.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>netstandard2.0</TargetFramework>
                <LangVersion>latest</LangVersion>
                <EnforceExtendedAnalyzerRules>true</EnforceExtendedAnalyzerRules>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Microsoft.CodeAnalysis.CSharp" Version="4.3.1" PrivateAssets="all" /></ItemGroup>
            </Project>
            """)
        .Write("Gen/Gen.cs", """
            using Microsoft.CodeAnalysis;
            [Generator]
            public sealed class GreetingGenerator : IIncrementalGenerator
            {
                public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterSourceOutput(
                    context.AnalyzerConfigOptionsProvider, (output, options) =>
                    {
                        options.GlobalOptions.TryGetValue("build_property.Greeting", out string greeting);
                        output.AddSource("Greeting.g.cs", "public static class Greeting { public static string Text() => \"" + greeting + "\"; }");
                    });
            }
            """);
}
