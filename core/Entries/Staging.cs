namespace BuildCache.Entries;

/// <summary>Files and directories made beside where they belong, and moved there all or none.</summary>
internal sealed class Staging : IDisposable
{
    private readonly string _suffix = $".buildcache-{Environment.ProcessId:x}-{Random.Shared.NextInt64():x}";
    private readonly List<(string Staged, string Destination)> _items = [];
    private readonly List<string> _madeDirectories = [];
    private bool _committed;

    /// <summary>Gives the path to make something at that belongs elsewhere.</summary>
    public string Add(string destination)
    {
        string parent = Path.GetDirectoryName(destination)!;
        MakeDirectory(parent);
        // A short name, so that a destination of the longest allowed name has a sibling too.
        string staged = Path.Combine(parent, $"{_suffix}-{_items.Count}");
        _items.Add((staged, destination));
        return staged;
    }

    /// <summary>Moves everything into place. If one move fails, those before it are undone.</summary>
    public void Commit()
    {
        List<(string Destination, string? Backup)> done = [];
        try
        {
            foreach ((string staged, string destination) in _items)
            {
                string? backup = null;
                bool isDirectory = Directory.Exists(staged);
                // One rename replaces a file by a file; anything else has to step aside first.
                if ((isDirectory && Path.Exists(destination)) || Directory.Exists(destination) || _items.Count > 1 && File.Exists(destination))
                {
                    backup = staged + "-old";
                    Move(destination, backup);
                    done.Add((destination, backup));
                }

                Move(staged, destination);
                if (backup is null)
                {
                    done.Add((destination, null));
                }
            }
        }
        catch
        {
            foreach ((string destination, string? backup) in Enumerable.Reverse(done))
            {
                Delete(destination);
                if (backup is not null)
                {
                    Move(backup, destination);
                }
            }

            throw;
        }

        _committed = true;
        foreach ((_, string? backup) in done)
        {
            if (backup is not null)
            {
                TryDelete(backup);
            }
        }
    }

    /// <summary>Removes what was not moved into place.</summary>
    public void Dispose()
    {
        if (_committed)
        {
            return;
        }

        foreach ((string staged, _) in _items)
        {
            TryDelete(staged);
        }

        foreach (string directory in Enumerable.Reverse(_madeDirectories))
        {
            try
            {
                Directory.Delete(directory);
            }
            catch (IOException)
            {
                // Somebody else uses it by now.
            }
        }
    }

    private void MakeDirectory(string directory)
    {
        var missing = new Stack<string>();
        for (string? above = directory; above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
        {
            missing.Push(above);
        }

        foreach (string made in missing)
        {
            Directory.CreateDirectory(made);
            _madeDirectories.Add(made);
        }
    }

    private static void Move(string from, string to)
    {
        // A link to a directory is one to .NET too, and is moved as the link it is.
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to, overwrite: true);
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What is left has a name that says what it is.
        }
    }
}
