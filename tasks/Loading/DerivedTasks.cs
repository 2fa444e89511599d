using System.Collections.Concurrent;
using System.Reflection;

namespace BuildCache.MSBuild.Loading;

/// <summary>Finds the assembly of a derived compiler task when MSBuild asks for it by name.</summary>
/// <remarks>
/// MSBuild loads a task that is declared by <c>AssemblyName</c> through <see cref="Type.GetType(string)"/>, and a name that nothing else can
/// find comes here. The name's public key token is not a key: it stands for one compiler together with one copy of BuildCache, so that a
/// process that builds with two compilers has a task for each. The token is made in <c>BuildCache.MSBuild.targets</c>.
/// </remarks>
internal static class DerivedTasks
{
    private static readonly ConcurrentDictionary<string, Lazy<DerivedTaskContext>> s_contexts = new(StringComparer.OrdinalIgnoreCase);
    private static readonly ConcurrentDictionary<(string Token, string Name), Lazy<Assembly>> s_assemblies = new();
    private static int s_isHooked;

    /// <summary>Says which compiler a token stands for. Doing so again costs next to nothing.</summary>
    /// <param name="token">Sixteen hexadecimal digits.</param>
    /// <param name="baseAssembly">Full path of the assembly with the compiler's task.</param>
    public static void Register(string token, string baseAssembly)
    {
        if (Interlocked.Exchange(ref s_isHooked, 1) == 0)
        {
            AppDomain.CurrentDomain.AssemblyResolve += Resolve;
        }

        if (!s_contexts.ContainsKey(token))
        {
            s_contexts.TryAdd(token, new Lazy<DerivedTaskContext>(() => new DerivedTaskContext(baseAssembly, Path.GetDirectoryName(typeof(DerivedTasks).Assembly.Location)!)));
        }
    }

    private static Assembly? Resolve(object? sender, ResolveEventArgs request)
    {
        if (!request.Name.StartsWith("BuildCache.MSBuild.", StringComparison.Ordinal))
        {
            return null;
        }

        var name = new AssemblyName(request.Name);
        string token = Convert.ToHexString(name.GetPublicKeyToken() ?? []);
        return s_contexts.TryGetValue(token, out Lazy<DerivedTaskContext>? context)
            ? s_assemblies.GetOrAdd((token, name.Name!), key => new Lazy<Assembly>(() => context.Value.LoadDerived(key.Name))).Value
            : null;
    }
}
