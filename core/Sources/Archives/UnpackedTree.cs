using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Sources.Archives;

/// <summary>A directory that an archive is unpacked to. Nothing that the archive says gets anything out of it.</summary>
/// <param name="source">What it is for, in messages.</param>
/// <param name="directory">Full path of the directory.</param>
/// <param name="strip">How many leading parts of each path are left out.</param>
/// <param name="limits">How much it may hold.</param>
internal sealed class UnpackedTree(SourceDeclaration source, string directory, int strip, ArchiveLimits limits)
{
    // In the order of the archive: a later entry of a name replaces an earlier one, as tar has it.
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _isDirectory = new(StringComparer.Ordinal);
    private long _entries;
    private long _bytes;
    private bool _any;

    /// <summary>How many bytes an archive may be before its parts are told apart: its files, and a header with names for each.</summary>
    public long MostUnpacked => 2 * limits.Bytes;

    /// <summary>Adds a directory.</summary>
    public void AddDirectory(string path)
    {
        if (Place(path) is { } place)
        {
            Directory.CreateDirectory(Path.Combine(directory, Claim(path, place, isDirectory: true)));
        }
    }

    /// <summary>Adds a file.</summary>
    public async ValueTask AddFileAsync(string path, Stream? content, bool isExecutable, CancellationToken cancellationToken)
    {
        if (Place(path) is not { } place)
        {
            return;
        }

        string full = NewFile(path, place);
        await using (var file = new FileStream(full, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            byte[] buffer = new byte[64 * 1024];
            for (int count; content is not null && (count = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                Count(count);
                await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }

        if (isExecutable)
        {
            ExecutableBit.Set(full);
        }
    }

    /// <summary>Adds a second name for a file that came before, as a copy: content in a cache has no names in common.</summary>
    public void AddHardLink(string path, string target)
    {
        string? from = Place(target);
        if (Place(path) is not { } place)
        {
            return;
        }

        if (from is null || from == place || !_isDirectory.TryGetValue(from, out bool isDirectory) || isDirectory || _links.ContainsKey(from))
        {
            throw Invalid($"has '{path}' as another name for '{target}', which it does not have before it as a file");
        }

        string source = Path.Combine(directory, from);
        Count(new FileInfo(source).Length);
        File.Copy(source, NewFile(path, place));
    }

    /// <summary>Adds a link. It is made at the end, so that nothing is written through it.</summary>
    public void AddLink(string path, string target)
    {
        if (Place(path) is not { } place)
        {
            return;
        }

        if (!SafePath.LinkStaysInside(place, target))
        {
            throw Invalid($"has the link '{path}' to '{target}', which leaves its directory");
        }

        if (_isDirectory.ContainsKey(place) && !_links.ContainsKey(place))
        {
            throw Invalid($"has '{path}' twice, once as a link");
        }

        Claim(path, place, isDirectory: false);
        _links[place] = target;
    }

    /// <summary>Makes the links, and refuses an archive that held nothing.</summary>
    public void Complete()
    {
        foreach ((string place, string target) in _links)
        {
            string full = Path.Combine(directory, place);
            // Also where the file system takes two names for one.
            if (PathMove.IsThere(full) || RootedPath.LinkAbove(directory, place) is not null)
            {
                throw Invalid($"has '{place}' twice, once as a link, or below a link");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            SymbolicLink.Make(full, target);
        }

        if (!_any)
        {
            throw Invalid(_entries == 0 ? "is empty" : $"has nothing below {strip} leading directories, which 'strip' leaves out");
        }
    }

    /// <summary>The error that the archive cannot be used.</summary>
    public BuildCacheException Invalid(string what, Exception? cause = null) =>
        new(ErrorId.InvalidArchive, $"The archive of the source {source} {what}. It cannot be unpacked safely; nothing of it is kept.", cause);

    /// <summary>Where in the directory a path of the archive belongs; <see langword="null"/> for one that is left out.</summary>
    private string? Place(string path)
    {
        if (++_entries > limits.Entries)
        {
            throw Invalid($"has more than {limits.Entries:N0} entries");
        }

        string[] parts = [.. path.Replace('\\', OperatingSystem.IsWindows() ? '/' : '\\').Split('/').Where(part => part is not ("" or "."))];
        if (path.StartsWith('/') || !parts.All(SafePath.IsName))
        {
            throw Invalid($"has the path '{path}', which leaves its directory or is none here");
        }

        string place = string.Join('/', parts.Skip(strip));
        try
        {
            RootedPath.RefuseGit(place);
        }
        catch (BuildCacheException error)
        {
            throw Invalid($"has the path '{path}', which is part of git's own directory", error);
        }

        _any |= place.Length > 0;
        return place.Length > 0 ? place : null;
    }

    /// <summary>Takes a place for an entry. What is above it are directories, and stay so.</summary>
    private string Claim(string path, string place, bool isDirectory)
    {
        for (int slash = place.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = place.IndexOf('/', slash + 1))
        {
            if (!_isDirectory.TryAdd(place[..slash], true) && !_isDirectory[place[..slash]])
            {
                throw Invalid($"has '{path}' below '{place[..slash]}', which is a file or a link");
            }
        }

        return _isDirectory.TryAdd(place, isDirectory) || _isDirectory[place] == isDirectory ? place
            : throw Invalid($"has '{path}' twice, once as a directory");
    }

    private string NewFile(string path, string place)
    {
        bool isAgain = _isDirectory.ContainsKey(place);
        string full = Path.Combine(directory, Claim(path, place, isDirectory: false));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        if (isAgain)
        {
            File.Delete(full);
            _links.Remove(place);
        }

        return !PathMove.IsThere(full) ? full
            : throw Invalid($"has '{path}' and another name that this file system takes for the same");
    }

    private void Count(long bytes)
    {
        _bytes += bytes;
        if (_bytes > limits.Bytes)
        {
            throw Invalid($"unpacks to more than {limits.Bytes:N0} bytes");
        }
    }
}

/// <summary>How much an archive may unpack to. A few kilobytes can claim to be all of a disk.</summary>
/// <param name="Entries">How many entries it may have.</param>
/// <param name="Bytes">How many bytes its files may have together.</param>
internal readonly record struct ArchiveLimits(long Entries, long Bytes)
{
    private const long MostEntries = 1_000_000;
    private const long MostBytes = 32L << 30;

    // Text compresses to a tenth, and to a fiftieth at best; what unpacks to a thousand times its size is made to.
    private const long AnyBytes = 256L << 20;
    private const long BytesForEach = 200;

    /// <summary>More than any archive of sources of a size unpacks to.</summary>
    /// <param name="size">How many bytes the archive has.</param>
    public static ArchiveLimits Of(long size) => new(MostEntries, Math.Min(MostBytes, AnyBytes + (size * BytesForEach)));
}
