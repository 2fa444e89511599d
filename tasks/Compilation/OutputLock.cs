using System.Text;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Locks;
using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Tells two builds with the cache that write the same outputs of each other, where the compiler itself cannot tell what it wrote.</summary>
/// <remarks>The first build holds a lock while its compiler runs and its outputs are read. The second does not wait: it leaves a mark, and
/// neither saves what it finds. See <see cref="TouchedFiles"/> for the compilers that list what they wrote.</remarks>
internal sealed class OutputLock : IDisposable
{
    private readonly FileLock? _held;
    private readonly string _mark;

    private OutputLock(FileLock? held, string mark) => (_held, _mark) = (held, mark);

    /// <summary>Whether another build wrote, or may have written, the same outputs meanwhile.</summary>
    public bool WasShared => _held is null || File.Exists(_mark);

    /// <summary>Takes the lock, or leaves a mark for the build that holds it.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="project">The project.</param>
    /// <param name="assembly">Full path of the assembly.</param>
    /// <returns><see langword="null"/> where the compiler lists what it wrote.</returns>
    public static OutputLock? For(CompilerDescription compiler, ProjectSettings project, string assembly)
    {
        if (compiler.TouchedFilesSwitch is not null)
        {
            return null;
        }

        string folder = Path.Combine(UserDirectories.Sessions, HashOf(project.Session.WorkspaceRoot));
        string path = Path.Combine(folder, HashOf(RealPath.Of(assembly)) + ".lock");
        string mark = path + ".shared";
        UserDirectories.MakePrivate(folder);
        if (FileLock.TryTake(path, LockKind.Exclusive) is not { } held)
        {
            File.WriteAllBytes(mark, []);
            return new OutputLock(null, mark);
        }

        File.Delete(mark);
        return new OutputLock(held, mark);
    }

    /// <summary>Lets go.</summary>
    public void Dispose() => _held?.Dispose();

    private static string HashOf(string text) => Digest.Of(Encoding.UTF8.GetBytes(text)).Hash[..32];
}
