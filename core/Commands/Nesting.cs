using System.Globalization;

namespace BuildCache.Commands;

/// <summary>
/// What a process runs inside of: the flights and the locked volumes that the processes hold which started it. An environment
/// variable tells it, as process and name. To wait for one of them would be to wait for itself.
/// </summary>
internal static class Nesting
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "BUILDCACHE_INSIDE";

    private const char Separator = ',';
    private const char AfterProcess = '-';

    private static readonly Lock s_gate = new();
    private static readonly List<string> s_told = [];

    /// <summary>Whether this process was started, perhaps by way of others, by one that holds something.</summary>
    /// <param name="process">The process that holds it.</param>
    /// <param name="name">What it holds.</param>
    public static bool IsInside(int process, string name) =>
        // What this process tells its children says nothing of itself.
        process != Environment.ProcessId && All().Contains(Told(process, name));

    /// <summary>The value of the variable for a child process.</summary>
    /// <param name="names">What this process holds for it.</param>
    public static string With(IEnumerable<string> names) => string.Join(Separator, [.. All(), .. names.Select(Told)]);

    /// <summary>Tells every process that this one starts from now on.</summary>
    /// <param name="names">What this process holds for them.</param>
    /// <returns>Ends that.</returns>
    public static IDisposable Tell(IReadOnlyCollection<string> names)
    {
        string[] told = [.. names.Select(Told)];
        Change(all => all.AddRange(told));
        return new Telling(told);
    }

    private static string[] All() => (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    private static string Told(string name) => Told(Environment.ProcessId, name);

    private static string Told(int process, string name) => string.Create(CultureInfo.InvariantCulture, $"{process}{AfterProcess}{name}");

    // Several threads of one process may each hold something.
    private static void Change(Action<List<string>> change)
    {
        lock (s_gate)
        {
            string[] others = [.. All().Except(s_told)];
            change(s_told);
            string all = string.Join(Separator, [.. others, .. s_told]);
            Environment.SetEnvironmentVariable(Variable, all.Length > 0 ? all : null);
        }
    }

    private sealed class Telling(string[] told) : IDisposable
    {
        public void Dispose() => Change(all => Array.ForEach(told, name => all.Remove(name)));
    }
}
