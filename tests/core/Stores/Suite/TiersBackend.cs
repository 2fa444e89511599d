using BuildCache.Stores;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>A folder before another folder: what one does, two do.</summary>
public sealed class TiersBackend : Backend
{
    private readonly FolderBackend _near = new();
    private readonly FolderBackend _far = new();

    public override string? Unavailable => null;

    public override string Location => $"{_near.Location};{_far.Location}";

    public override CacheStore Open(Uri? proxy = null) => CacheStore.Open(Location);

    public override async Task LoseAsync(byte[] content)
    {
        await _near.LoseAsync(content);
        await _far.LoseAsync(content);
    }

    public override async Task CorruptAsync(byte[] content)
    {
        await _near.CorruptAsync(content);
        await _far.CorruptAsync(content);
    }

    public override async Task WipeAsync()
    {
        await _near.WipeAsync();
        await _far.WipeAsync();
    }

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        await _near.DisposeAsync();
        await _far.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <inheritdoc/>
public sealed class TiersSuite(TiersBackend backend) : StoreSuite<TiersBackend>(backend);
