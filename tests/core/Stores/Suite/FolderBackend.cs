using BuildCache.Content;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.Suite;

public sealed class FolderBackend : Backend
{
    private readonly TempFolder _folder = new();

    public override string? Unavailable => null;

    public override string Location => Root;

    public override CacheStore Open(Uri? proxy = null) => new FileStore(Root);

    private string Root => _folder.PathOf("store");

    public override Task LoseAsync(byte[] content)
    {
        File.Delete(PathOf(content));
        return Task.CompletedTask;
    }

    public override Task CorruptAsync(byte[] content)
    {
        Rig.Overwrite(PathOf(content), Damaged(content, content));
        return Task.CompletedTask;
    }

    public override Task WipeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return Task.CompletedTask;
    }

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }

    private string PathOf(byte[] content)
    {
        string hash = Digest.Of(content).Hash;
        return Path.Combine(Root, "blobs", hash[..2], hash);
    }
}

/// <inheritdoc/>
public sealed class FolderSuite(FolderBackend backend) : StoreSuite<FolderBackend>(backend);
