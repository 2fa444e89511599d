using System.IO.Enumeration;
using BuildCache.Content;
using BuildCache.Files;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>Blobs as read-only files, spread over 256 directories by the first byte of their hash.</summary>
internal sealed class FileBlobStore(StoreFiles files) : IBlobStore
{
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = true };

    public ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        List<Digest> missing = [];
        foreach (Digest blob in blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!files.Has(blob))
            {
                missing.Add(blob);
            }
        }

        return new(missing);
    }

    public ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        var found = new Dictionary<Digest, byte[]>(blobs.Count);
        foreach (Digest blob in blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Read(blob) is { } content)
            {
                found[blob] = content;
            }
        }

        return new(found);
    }

    public ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        var reader = new FileBlobReader(files);
        ParallelFiles.For(targets.Count, i =>
        {
            reader.Read(targets[i], cancellationToken);
            progress?.Report(1);
        }, cancellationToken);
        return ValueTask.CompletedTask;
    }

    public IBlobUpload BeginUpload() => new FileBlobWriter(files);

    private byte[]? Read(Digest blob)
    {
        byte[]? content = files.Guard(() => blob.Size > Array.MaxLength ? null : RegularFile.TryRead(files.PathOf(blob), (int)blob.Size));
        return content is null || Digest.Of(content) == blob ? content : throw files.DropCorrupt(blob);
    }

    /// <summary>Every blob, in no particular order.</summary>
    public IEnumerable<FileInfo> Enumerate(CancellationToken cancellationToken)
    {
        files.BeforeRead();
        var directory = new DirectoryInfo(files.Blobs);
        if (!directory.Exists)
        {
            yield break;
        }

        // What a link leads to is not the store's.
        var found = new FileSystemEnumerable<FileInfo>(directory.FullName, (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(), s_everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !IsLink(entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(entry),
        };
        foreach (FileInfo file in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    private static bool IsLink(in FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
