using System.Reflection;
using System.Runtime.Loader;

namespace BuildCache.MSBuild.Loading;

/// <summary>Holds a task of ours that derives from the compiler task in one assembly of the SDK or of a package.</summary>
/// <remarks>Every compiler has a context of its own, since two of them have one name and one process may use both. The base class has to be the
/// very type that MSBuild has loaded for its other compiler tasks.</remarks>
/// <param name="baseAssembly">Full path of the assembly with the base class.</param>
/// <param name="folder">Full path of the folder with the derived classes.</param>
internal sealed class DerivedTaskContext(string baseAssembly, string folder) : AssemblyLoadContext("BuildCache: " + baseAssembly)
{
    private static readonly Assembly s_self = typeof(DerivedTaskContext).Assembly;

    /// <summary>Loads an assembly with derived classes.</summary>
    public Assembly LoadDerived(string name) => LoadFromAssemblyPath(Path.Combine(folder, name + ".dll"));

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == s_self.GetName().Name)
        {
            return s_self;
        }

        if (assemblyName.Name == Path.GetFileNameWithoutExtension(baseAssembly))
        {
            return Loaded() ?? LoadFromAssemblyPath(baseAssembly);
        }

        // What the base class needs comes from where the base class does.
        return Loaded() is { } loaded && GetLoadContext(loaded) is { } context && context != this && context != Default
            ? TryLoad(context, assemblyName)
            : Path.Combine(Path.GetDirectoryName(baseAssembly)!, assemblyName.Name + ".dll") is var beside && !IsOfMSBuild(assemblyName) && File.Exists(beside)
                ? LoadFromAssemblyPath(beside)
                : null;
    }

    private Assembly? Loaded() =>
        All.Where(context => context != this).SelectMany(context => context.Assemblies).FirstOrDefault(assembly => !assembly.IsDynamic && assembly.Location == baseAssembly);

    private static Assembly? TryLoad(AssemblyLoadContext context, AssemblyName name)
    {
        try
        {
            return context.LoadFromAssemblyName(name);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static bool IsOfMSBuild(AssemblyName name) => name.Name!.StartsWith("Microsoft.Build.", StringComparison.Ordinal);
}
