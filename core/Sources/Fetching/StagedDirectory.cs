using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Locks;

namespace BuildCache.Sources.Fetching;

/// <summary>A directory that a source is staged to: what stands there, and what was staged there last.</summary>
/// <remarks>
/// What was staged there and was not touched since needs no cache to be known again, and may give way to the next commit; what
/// somebody else put there, or changed, may not. The record is kept with the user's files and not beside the directory, which is the
/// project's.
/// </remarks>
internal sealed class StagedDirectory : IDisposable
{
    private readonly string _path;
    private readonly HashMemory? _memory;
    private readonly string? _record;
    private readonly FileLock? _lock;
    private readonly (string Key, Digest Content)? _last;
    private Digest? _content;
    private bool _isRead;

    private StagedDirectory(string path, HashMemory? memory, string? record, FileLock? taken)
    {
        (_path, _memory, _record, _lock) = (path, memory, record, taken);
        // A file or a link there is not nothing.
        IsEmpty = !PathMove.IsThere(path) || (PathMove.IsDirectory(path) && !Directory.EnumerateFileSystemEntries(path).Any());
        _last = record is null ? null : Read(record);
    }

    /// <summary>Whether it is empty, or not there.</summary>
    public bool IsEmpty { get; }

    /// <summary>Whether it holds what was staged there last.</summary>
    public bool IsUntouched(CancellationToken cancellationToken) => _last is { } last && Content(cancellationToken) == last.Content;

    /// <summary>Opens a directory, alone: projects that are built side by side stage the same sources.</summary>
    /// <param name="path">Full path of the directory.</param>
    /// <param name="records">Full path of the directory that says what was staged where; <see langword="null"/> for none.</param>
    /// <param name="memory">Remembers the digests of files.</param>
    /// <param name="cancellationToken">Stops waiting for who stages there now.</param>
    public static async ValueTask<StagedDirectory> OpenAsync(string path, string? records, HashMemory? memory, CancellationToken cancellationToken)
    {
        try
        {
            if (records is not null)
            {
                NewDirectory.MakePrivate(records);
                string record = Path.Combine(records, Digest.Of(System.Text.Encoding.UTF8.GetBytes(path)).Hash[..32]);
                return new StagedDirectory(path, memory, record, await FileLock.TakeAsync(record + ".lock", LockKind.Exclusive, cancellationToken: cancellationToken));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException || error is BuildCacheException { Id: var id } && id == ErrorId.LockFailed)
        {
            // Records make it quicker; a user's directory that cannot be written is no reason to stage nothing.
        }

        return new StagedDirectory(path, memory, null, null);
    }

    /// <summary>Whether a source was staged there last, and is there still.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="service">The asset service in force: what was staged on its word alone is good while it is asked.</param>
    /// <param name="cancellationToken">Stops.</param>
    public bool Holds(CacheKey key, string? service, CancellationToken cancellationToken) =>
        !IsEmpty && (_last?.Key == NameOf(key, null) || service is not null && _last?.Key == NameOf(key, service)) && IsUntouched(cancellationToken);

    /// <summary>The digest of what it holds; <see langword="null"/> for something that cannot be a source.</summary>
    public Digest? Content(CancellationToken cancellationToken)
    {
        if (!_isRead && !IsEmpty)
        {
            _content = DigestOf(_path, _memory, cancellationToken);
        }

        _isRead = true;
        return _content;
    }

    /// <summary>Keeps in mind what was staged there.</summary>
    /// <param name="key">The key of the source.</param>
    /// <param name="service">The asset service on whose word alone it is the source; <see langword="null"/> for what was verified.</param>
    /// <param name="content">What was staged; <see langword="null"/> where that is not known.</param>
    public void Remember(CacheKey key, string? service, Digest? content)
    {
        if (_record is null || content is null || _last == (NameOf(key, service), content.Value))
        {
            return;
        }

        try
        {
            AtomicFile.WritePrivate(_record, System.Text.Encoding.UTF8.GetBytes($"{NameOf(key, service)} {content}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }

    /// <summary>Lets others stage there.</summary>
    public void Dispose() => _lock?.Dispose();

    /// <summary>The digest of a directory; <see langword="null"/> for one that cannot be a source.</summary>
    public static Digest? DigestOf(string directory, HashMemory? memory, CancellationToken cancellationToken)
    {
        try
        {
            return TreeDigest.Of(directory, new FileHasher(memory), cancellationToken);
        }
        catch (BuildCacheException error) when (!error.IsStoreFailure)
        {
            return null;
        }
    }

    private static string NameOf(CacheKey key, string? service) =>
        service is null ? key.Digest.Hash : Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{key.Digest.Hash} {service}")).Hash;

    private static (string Key, Digest Content)? Read(string record)
    {
        try
        {
            return RegularFile.TryReadText(record, Ceilings.Note)?.Split(' ') is [var key, var text] && Digest.TryParse(text, out Digest content) ? (key, content) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
