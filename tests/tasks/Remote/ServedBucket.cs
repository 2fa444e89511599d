using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using BuildCache.TestServers;

namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>A bucket of radosgw, or of moto where that cannot be had.</summary>
public sealed class ServedBucket : ServedStore
{
    private const string Bucket = "builds";

    private RealServer? _server;
    private AmazonS3Client? _client;

    public override string? Unavailable => Radosgw.Unavailable is null ? null : Moto.Unavailable;

    public override Uri Address => _server!.Address;

    public override IReadOnlyList<string> Secrets => [Radosgw.AccessKey, Radosgw.SecretKey, "X-Amz-Signature"];

    public override string SettingAt(Uri address) => $"s3://{Bucket}/some/prefix?endpoint={address}&region=us-east-1&pathStyle=true";

    public override IReadOnlyDictionary<string, string> VariablesAt(Uri address) =>
        new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = Radosgw.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = Radosgw.SecretKey };

    public override async Task StartAsync()
    {
        _server = Radosgw.Unavailable is null ? await Radosgw.StartAsync() : await Moto.StartAsync();
        _client = new AmazonS3Client(
            new BasicAWSCredentials(Radosgw.AccessKey, Radosgw.SecretKey),
            new AmazonS3Config { ServiceURL = Address.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await _client.PutBucketAsync(Bucket);
    }

    public override async Task RemoveAsync(int oneIn)
    {
        foreach (string name in OneIn(oneIn, await NamesAsync()))
        {
            await _client!.DeleteObjectAsync(Bucket, name);
        }
    }

    public override async Task LeaveUnfinishedUploadAsync()
    {
        // Under a name that is taken, and under one that is free.
        foreach (string name in (string[])[(await NamesAsync())[0], "some/prefix/blobs/00/" + new string('0', 64)])
        {
            InitiateMultipartUploadResponse upload = await _client!.InitiateMultipartUploadAsync(Bucket, name);
            await _client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = Bucket,
                Key = name,
                UploadId = upload.UploadId,
                PartNumber = 1,
                InputStream = new MemoryStream(new byte[5 * 1024 * 1024]),
            });
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    private async Task<List<string>> NamesAsync() =>
        await _client!.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Bucket }).S3Objects.Select(found => found.Key).ToListAsync();
}
