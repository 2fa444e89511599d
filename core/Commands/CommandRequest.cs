using BuildCache.Keys;

namespace BuildCache.Commands;

/// <summary>A command that is to be run once for equal inputs.</summary>
/// <param name="Root">Full path of the workspace root.</param>
/// <param name="Name">What it is called, from the general to the special: the parts of its key before the inputs.</param>
/// <param name="Scopes">The scopes to look in, in order; it is saved in the first.</param>
/// <param name="Inputs">What it depends on. Its text, or its program and arguments, have to be among them.</param>
/// <param name="Outputs">What it makes: files, directories or globs, relative to the workspace root.</param>
/// <param name="Creator">The program that runs it, for the entry.</param>
public sealed record CommandRequest(
    string Root, IReadOnlyList<string> Name, IReadOnlyList<CacheScope> Scopes, CommandInputs Inputs, IReadOnlyList<string> Outputs, string Creator)
{
    /// <summary>Whether it writes objects besides lines. Recorded objects are nothing to those who do not.</summary>
    public bool WritesObjects { get; init; }

    /// <summary>Whether a failure is kept and repeated too. Those that others keep are a miss without it.</summary>
    public bool KeepsFailures { get; init; }

    /// <summary>Values that must not be stored: a command that prints one, or writes one into an output, is not saved.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>What this one happens inside of in this process: the <see cref="CommandRun.Flight"/> of runs, and <see cref="CommandVolumes.NamesOf"/> of holds.</summary>
    public IReadOnlyCollection<string> Within { get; init; } = [];

    /// <summary>Is told, on any thread, for whom the command waits, when it has waited for some seconds.</summary>
    public Action<string>? Waiting { get; init; }
}
