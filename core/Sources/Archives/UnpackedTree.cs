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
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private long _entries;
    private long _bytes;
    private bool _any;

    /// <summary>Adds a directory.</summary>
    public void AddDirectory(string path)
    {
        if (Place(path) is { } place)
        {
            Directory.CreateDirectory(Path.Combine(directory, place));
        }
    }

    /// <summary>Adds a file.</summary>
    public async ValueTask AddFileAsync(string path, Stream? content, bool isExecutable, CancellationToken cancellationToken)
    {
        if (Place(path) is not { } place)
        {
            return;
        }

        string full = Path.Combine(directory, place);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await using (var file = new FileStream(full, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
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

        _links.Remove(place);
    }

    /// <summary>Adds a second name for a file that came before, as a copy: content in a cache has no names in common.</summary>
    public void AddHardLink(string path, string target)
    {
        string? from = Place(target);
        if (Place(path) is not { } place)
        {
            return;
        }

        string full = Path.Combine(directory, place);
        if (from is null || !File.Exists(Path.Combine(directory, from)))
        {
            throw Invalid($"has '{path}' as another name for '{target}', which it does not have before it");
        }

        Count(new FileInfo(Path.Combine(directory, from)).Length);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.Copy(Path.Combine(directory, from), full, overwrite: true);
        _links.Remove(place);
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

        _links[place] = target;
    }

    /// <summary>Makes the links, and refuses an archive that held nothing.</summary>
    public void Complete()
    {
        foreach ((string place, string target) in _links)
        {
            string full = Path.Combine(directory, place);
            if (Path.Exists(full))
            {
                throw Invalid($"has '{place}' twice, once as a link");
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
        _any |= place.Length > 0;
        return place.Length > 0 ? place : null;
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
    /// <summary>More than any archive of sources has.</summary>
    public static readonly ArchiveLimits Default = new(1_000_000, 32L << 30);
}
