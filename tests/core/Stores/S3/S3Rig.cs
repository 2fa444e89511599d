using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.S3;

/// <summary>A bucket of a test's own on a real server behind a proxy that counts and does wrong, and stores of several machines in it.</summary>
public sealed class S3Rig : IAsyncDisposable
{
    private readonly List<S3Store> _stores = [];
    private int _machines;

    private S3Rig(FaultProxy proxy, AmazonS3Client direct, string bucket)
    {
        (Proxy, Direct, Bucket) = (proxy, direct, bucket);
        Store = Open();
        Catalog = new EntryCatalog(Store);
    }

    public static AWSCredentials Credentials => new BasicAWSCredentials(Radosgw.AccessKey, Radosgw.SecretKey);

    public TempFolder Folder { get; } = new();

    public FaultProxy Proxy { get; }

    /// <summary>Past the proxy.</summary>
    public AmazonS3Client Direct { get; }

    public string Bucket { get; }

    public S3Store Store { get; }

    public EntryCatalog Catalog { get; }

    public static async Task<S3Rig> StartAsync(S3Servers servers, string server)
    {
        RealServer real = await servers.GetAsync(server);
        var direct = new AmazonS3Client(Credentials, new AmazonS3Config { ServiceURL = real.Address.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        string bucket = $"b{Guid.NewGuid():n}";
        await direct.PutBucketAsync(bucket);
        return new S3Rig(await FaultProxy.StartAsync(real.Address), direct, bucket);
    }

    /// <summary>The store as another machine sees it, which has nothing of its index yet.</summary>
    public S3Store Open(string? bucket = null, AWSCredentials? credentials = null, string prefix = "/some/prefix")
    {
        var location = BuildCache.Stores.S3.S3Location.Parse(StoreUri.Parse($"s3://{bucket ?? Bucket}{prefix}?endpoint={Proxy.Address}&region=us-east-1&pathStyle=true"));
        var store = new S3Store(location, Folder.PathOf($"machine-{_machines++}"), credentials ?? Credentials);
        _stores.Add(store);
        return store;
    }

    /// <summary>Saves files with some contents as the directory <c>tree</c>.</summary>
    public async Task<CacheEntry> SaveAsync(CacheKey key, IEnumerable<byte[]> contents, CacheStore? store = null, bool replace = false)
    {
        string source = $"source/{Guid.NewGuid():n}";
        int i = 0;
        foreach (byte[] content in contents)
        {
            Folder.File($"{source}/{i++ / 100}/{i}", content);
        }

        EntryCatalog catalog = store is null ? Catalog : new EntryCatalog(store);
        return (await catalog.SaveAsync(key, [new PathToSave("tree", Folder.PathOf(source))], Rig.Details, replace)).Entry;
    }

    /// <summary>Finds and restores; the contents of the files in order, or <see langword="null"/> for a miss.</summary>
    public async Task<IReadOnlyList<byte[]>?> LoadAsync(CacheKey key, CacheStore? store = null, params CacheKey[] restoreKeys)
    {
        string target = Folder.Folder($"target/{Guid.NewGuid():n}");
        LookupResult found = await new EntryCatalog(store ?? Store).FindAndRestoreAsync(key, restoreKeys, target);
        return found.Entry is null ? null
            : [.. Directory.GetFiles(Path.Combine(target, "tree"), "*", SearchOption.AllDirectories).OrderBy(file => int.Parse(Path.GetFileName(file), null)).Select(File.ReadAllBytes)];
    }

    /// <summary>The names of objects below the prefix, past the proxy.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string prefix) => [.. (await ObjectsAsync(prefix)).Select(item => item.Key["some/prefix/".Length..])];

    public async Task<IReadOnlyList<S3Object>> ObjectsAsync(string prefix)
    {
        List<S3Object> found = [];
        string? next = null;
        do
        {
            ListObjectsV2Response page = await Direct.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Prefix = "some/prefix/" + prefix, ContinuationToken = next });
            found.AddRange(page.S3Objects ?? []);
            next = page.NextContinuationToken;
        }
        while (next is not null);

        return found;
    }

    public Task DeleteAsync(string name) => Direct.DeleteObjectAsync(Bucket, "some/prefix/" + name);

    public async Task<byte[]> ReadAsync(string name)
    {
        using GetObjectResponse answer = await Direct.GetObjectAsync(Bucket, "some/prefix/" + name);
        using var content = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }

    public Task WriteAsync(string name, byte[] content) =>
        Direct.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "some/prefix/" + name, InputStream = new MemoryStream(content), UseChunkEncoding = false });

    public async ValueTask DisposeAsync()
    {
        Proxy.Fault = null;
        foreach (S3Store store in _stores)
        {
            await store.DisposeAsync();
        }

        Direct.Dispose();
        await Proxy.DisposeAsync();
        Folder.Dispose();
    }
}
