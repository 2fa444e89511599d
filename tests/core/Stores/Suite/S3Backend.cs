using Amazon.S3;
using Amazon.S3.Model;
using BuildCache.Stores;
using BuildCache.Stores.S3;
using BuildCache.Tests.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>A bucket on a server of S3.</summary>
public abstract class S3Backend : Backend
{
    private const string Bucket = "suite";
    private readonly TempFolder _folder = new();
    private RealServer? _server;
    private AmazonS3Client? _client;
    private int _opened;

    public override Uri? Address => _server?.Address;

    public override string Location => UriAt(_server!.Address);

    public override IReadOnlyList<string> Secrets => [Radosgw.AccessKey, Radosgw.SecretKey, "X-Amz", "Authorization"];

    public override CacheStore Open(Uri? proxy = null) =>
        new S3Store(BuildCache.Stores.S3.S3Location.Parse(StoreUri.Parse(UriAt(proxy ?? _server!.Address))), _folder.PathOf($"index-{Interlocked.Increment(ref _opened)}"), S3Rig.Credentials);

    public override async Task LoseAsync(byte[] content) => await _client!.DeleteObjectAsync(Bucket, (await HolderAsync(content)).Name);

    public override async Task CorruptAsync(byte[] content)
    {
        (string name, byte[] bytes) = await HolderAsync(content);
        await _client!.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = name, InputStream = new MemoryStream(Damaged(bytes, content)) });
    }

    public override async Task WipeAsync()
    {
        foreach (string name in await NamesAsync())
        {
            await _client!.DeleteObjectAsync(Bucket, name);
        }
    }

    public override async ValueTask InitializeAsync()
    {
        if (Unavailable is null)
        {
            _server = await StartAsync();
            _client = new AmazonS3Client(S3Rig.Credentials, new AmazonS3Config { ServiceURL = _server.Address.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
            await _client.PutBucketAsync(Bucket);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<RealServer> StartAsync();

    private static string UriAt(Uri address) => $"s3://{Bucket}/some/prefix?endpoint={address}&region=us-east-1&pathStyle=true";

    private async Task<List<string>> NamesAsync() =>
        await _client!.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Bucket }).S3Objects.Select(found => found.Key).ToListAsync();

    // A blob by itself, or the pack that it lies in; never an entry that tells of it.
    private async Task<(string Name, byte[] Bytes)> HolderAsync(byte[] content)
    {
        foreach (string name in (await NamesAsync()).Where(name => name.Contains("/blobs/", StringComparison.Ordinal) || name.Contains("/packs/", StringComparison.Ordinal)))
        {
            using GetObjectResponse found = await _client!.GetObjectAsync(Bucket, name);
            var bytes = new MemoryStream();
            await found.ResponseStream.CopyToAsync(bytes);
            if (bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(content) >= 0)
            {
                return (name, bytes.ToArray());
            }
        }

        throw new InvalidOperationException("Nothing in the bucket holds the content.");
    }
}

public sealed class MotoBackend : S3Backend
{
    public override string? Unavailable => Moto.Unavailable;

    protected override async Task<RealServer> StartAsync() => await Moto.StartAsync();
}

public sealed class RadosgwBackend : S3Backend
{
    public override string? Unavailable => Radosgw.Unavailable;

    protected override async Task<RealServer> StartAsync() => await Radosgw.StartAsync();
}

/// <inheritdoc/>
public sealed class MotoSuite(MotoBackend backend) : StoreSuite<MotoBackend>(backend);

/// <inheritdoc/>
public sealed class RadosgwSuite(RadosgwBackend backend) : StoreSuite<RadosgwBackend>(backend);

/// <inheritdoc/>
public sealed class RadosgwFaultSuite(RadosgwBackend backend) : FaultSuite<RadosgwBackend>(backend);
