using BuildCache.Stores;
using BuildCache.Tests.Stores.Suite;

namespace BuildCache.Tests.Stores.Signing;

/// <summary>A folder in which only what is signed counts: for who signs, it is a store like any other.</summary>
public sealed class SignedFolderBackend : Backend
{
    private readonly FolderBackend _folder = new();

    public override string? Unavailable => null;

    public override string Location => _folder.Location;

    public override CacheStore Open(Uri? proxy = null) => CacheStore.Open(Location, Signers.Main);

    public override Task LoseAsync(byte[] content) => _folder.LoseAsync(content);

    public override Task CorruptAsync(byte[] content) => _folder.CorruptAsync(content);

    public override Task WipeAsync() => _folder.WipeAsync();

    public override ValueTask InitializeAsync() => _folder.InitializeAsync();

    public override async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <inheritdoc/>
public sealed class SignedFolderSuite(SignedFolderBackend backend) : StoreSuite<SignedFolderBackend>(backend);
