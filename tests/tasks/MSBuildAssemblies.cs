using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace BuildCache.MSBuild.Tests;

/// <summary>Where the types of MSBuild come from that the tasks name: the SDK that built the tests, as its packages have them for a later runtime only.</summary>
internal static class MSBuildAssemblies
{
    [ModuleInitializer]
    internal static void Find() => AssemblyLoadContext.Default.Resolving += (context, name) =>
    {
        string folder = typeof(MSBuildAssemblies).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "MSBuildToolsPath").Value!;
        string file = Path.Combine(folder, name.Name + ".dll");
        return name.Name == "Microsoft.Build.Framework" ? context.LoadFromAssemblyPath(file) : null;
    };
}
