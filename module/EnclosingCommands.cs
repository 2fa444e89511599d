namespace BuildCache.PowerShell;

/// <summary>What a pipeline runs inside of: the commands and volumes that cmdlets further out hold while their block runs. They are all on one thread.</summary>
internal static class EnclosingCommands
{
    [ThreadStatic]
    private static List<string>? t_names;

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => t_names ?? [];

    /// <summary>Adds some until what this gives is disposed of.</summary>
    public static IDisposable Enter(IReadOnlyCollection<string> names)
    {
        List<string> all = t_names ??= [];
        all.AddRange(names);
        return new Entered(all, names.Count);
    }

    private sealed class Entered(List<string> all, int count) : IDisposable
    {
        public void Dispose() => all.RemoveRange(all.Count - count, count);
    }
}
