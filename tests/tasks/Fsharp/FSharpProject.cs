namespace BuildCache.MSBuild.Tests.Fsharp;

/// <summary>An F# library.</summary>
internal static class FSharpProject
{
    public const string File = "Lib/Lib.fsproj";

    private const string References = """<PackageReference Include="FSharp.Core" Version="10.0.111" />""";

    public static TestSolution Library(string properties = "", string items = "", string source = "module Lib\nlet twice x = x * 2\n", TestSolution? solution = null) =>
        Add(solution ?? new TestSolution(), "Lib", properties, items, source);

    // The version is named because the one that the SDK asks for is not to be had everywhere.
    public static TestSolution Add(TestSolution solution, string name, string properties, string items, string source) => solution
        .Write($"{name}/{name}.fsproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <DisableImplicitFSharpCoreReference>true</DisableImplicitFSharpCoreReference>
                <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
                {properties}
              </PropertyGroup>
              <ItemGroup>{References}{items}<Compile Include="{name}.fs" /></ItemGroup>
            </Project>
            """)
        .Write($"{name}/{name}.fs", source);
}
