using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace BuildCache.Loader;

/// <summary>Loads the module's own dependencies apart from those of other modules, so that each keeps its versions.</summary>
/// <remarks>
/// PowerShell loads the cmdlets into the default load context, where one version of an assembly serves everybody. Only
/// BuildCache.Core is asked for there; it comes from <c>dependencies/</c> in a context of its own, and what it asks for in
/// turn is looked for in that context first. The loader is an assembly apart, and a nested module so that it comes first:
/// PowerShell loads all public types of an assembly before it calls its initialiser, and a type of the cmdlets that holds a
/// value type of the core, an enum for one, cannot be loaded without the core.
/// </remarks>
public sealed class ModuleLoader : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private const string Core = "BuildCache.Core";

    // One for all imports of a session: types of two contexts are different types, and objects outlive Remove-Module.
    private static readonly DependencyContext s_dependencies = new(
        Path.Combine(Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location)!, "dependencies"));

    /// <summary>Called by PowerShell when the module is imported.</summary>
    public void OnImport() => AssemblyLoadContext.Default.Resolving += ResolveCore;

    /// <summary>Called by PowerShell when the module is removed.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= ResolveCore;

    private static Assembly? ResolveCore(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == Core ? s_dependencies.LoadFromAssemblyName(name) : null;

    private sealed class DependencyContext(string directory) : AssemblyLoadContext("BuildCache")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string path = Path.Combine(directory, assemblyName.CultureName ?? "", assemblyName.Name + ".dll");
            // What is not here belongs to .NET.
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
