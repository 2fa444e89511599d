using BuildCache.Entries;
using BuildCache.Files;

namespace BuildCache.Commands;

/// <summary>The previous outputs of a command, moved aside while it runs. They come back unless the command succeeds.</summary>
/// <remarks>Each is renamed within its directory. Where the process is killed, the next restore or command in that directory puts them back.</remarks>
internal sealed class OutputsAside : IDisposable
{
    private readonly TemporaryPlaces _places = new();
    private readonly string _root;
    private readonly OutputLinks _links;
    private readonly List<(string Name, string Aside)> _moved = [];

    private OutputsAside(string root) => (_root, _links) = (root, new OutputLinks(root));

    /// <summary>Whether the command has succeeded: then what was moved aside is removed and does not come back.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Moves outputs aside. Where a directory stood, an empty one of the same mode stands afterwards if it is to.</summary>
    /// <param name="root">Full path of the workspace root.</param>
    /// <param name="outputs">What to move, relative to the root. What is not there is passed over.</param>
    /// <exception cref="IOException">One of them cannot be moved; all are where they were.</exception>
    /// <exception cref="UnauthorizedAccessException">One of them cannot be moved; all are where they were.</exception>
    public static OutputsAside Move(string root, IEnumerable<(string Name, bool KeepsDirectory)> outputs)
    {
        var aside = new OutputsAside(root);
        try
        {
            foreach ((string name, bool keepsDirectory) in outputs)
            {
                aside.Add(name, keepsDirectory);
            }

            return aside;
        }
        catch
        {
            aside.Dispose();
            throw;
        }
    }

    /// <summary>Puts the previous outputs back after a failure, in place of what the command left there. New files where there was no output before stay.</summary>
    /// <returns>What could not be put back, with where it is.</returns>
    public IReadOnlyList<BuildCacheException> PutBack()
    {
        List<BuildCacheException> problems = [];
        for (int i = _moved.Count - 1; i >= 0; i--)
        {
            (string name, string aside) = _moved[i];
            string path = Path.Combine(_root, name);
            try
            {
                if (_links.Above(name) is { } link)
                {
                    throw new IOException($"'{link}' is a link now.");
                }

                string directory = Path.GetDirectoryName(path)!;
                MoveIfThere(path, _places.In(directory).Beside($"{i}-new"));
                Directory.CreateDirectory(directory);
                MoveIfThere(aside, path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _places.In(Path.GetDirectoryName(path)!).Keep();
                problems.Add(new BuildCacheException(ErrorId.OutputNotRestored,
                    $"The command failed, and its previous output '{path}' cannot be put back ({error.Message}). It is at '{aside}'; move it back by hand.", error));
            }
        }

        Forget();
        return problems;
    }

    /// <summary>Removes the previous outputs if the command has succeeded, and puts them back if not.</summary>
    public void Dispose()
    {
        if (!IsReplaced)
        {
            PutBack();
            return;
        }

        Forget();
    }

    // With the places goes what is still aside.
    private void Forget()
    {
        _places.Dispose();
        _moved.Clear();
    }

    private void Add(string name, bool keepsDirectory)
    {
        string path = Path.Combine(_root, name);
        bool isDirectory = PathMove.IsDirectory(path);
        UnixFileMode mode = isDirectory && !OperatingSystem.IsWindows() ? File.GetUnixFileMode(path) : default;
        if (!PathMove.IsThere(path))
        {
            return;
        }

        string aside = StagingRecovery.NewAside(_places.In(Path.GetDirectoryName(path)!), $"{_moved.Count}-old");
        StagingRecovery.MoveAside(path, aside);
        _moved.Add((name, aside));
        if (isDirectory && keepsDirectory)
        {
            Directory.CreateDirectory(path);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, mode);
            }
        }
    }

    private static void MoveIfThere(string from, string to)
    {
        if (PathMove.IsThere(from))
        {
            PathMove.Move(from, to);
        }
    }
}
