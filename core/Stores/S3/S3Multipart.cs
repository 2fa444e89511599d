using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using BuildCache.Content;

namespace BuildCache.Stores.S3;

/// <summary>An upload in parts: nothing of it can be seen before it is complete.</summary>
internal readonly record struct UnfinishedUpload(string Name, string Id, DateTimeOffset Begun);

internal sealed partial class S3Bucket
{
    public async ValueTask<UnfinishedUpload> BeginPartsAsync(string name, CancellationToken cancellationToken)
    {
        InitiateMultipartUploadResponse answer = await CallAsync(() => Client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = location.Bucket, Key = KeyOf(name), ChecksumAlgorithm = Amazon.S3.ChecksumAlgorithm.SHA256 }, cancellationToken), cancellationToken);
        return new UnfinishedUpload(name, answer.UploadId, DateTimeOffset.UtcNow);
    }

    public async ValueTask<PartETag> WritePartAsync(UnfinishedUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        string checksum = ChecksumOf(Digest.Of(content.Span));
        UploadPartResponse answer = await CallAsync(() => Client.UploadPartAsync(new UploadPartRequest
        {
            BucketName = location.Bucket,
            Key = KeyOf(upload.Name),
            UploadId = upload.Id,
            PartNumber = number,
            PartSize = content.Length,
            InputStream = StreamOf(content),
            ChecksumSHA256 = checksum,
            UseChunkEncoding = false,
            DisablePayloadSigning = IsTls,
        }, cancellationToken), cancellationToken);
        return new PartETag(number, answer.ETag) { ChecksumSHA256 = checksum };
    }

    /// <summary>Makes an object of its parts.</summary>
    public async ValueTask CompleteAsync(UnfinishedUpload upload, IEnumerable<PartETag> parts, long size, CancellationToken cancellationToken)
    {
        bool done = await FindAsync(async () =>
        {
            await Client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
            {
                BucketName = location.Bucket,
                Key = KeyOf(upload.Name),
                UploadId = upload.Id,
                PartETags = [.. parts.OrderBy(part => part.PartNumber)],
            }, cancellationToken);
            return true;
        }, cancellationToken);

        // An answer may have been lost and the SDK have asked again: the upload is then gone because it is complete.
        if (!done && (await LookAsync(upload.Name, cancellationToken))?.Size != size)
        {
            throw new BuildCacheException(ErrorId.StoreUnavailable, $"An upload to {location} was ended by somebody else. Try again.");
        }
    }

    /// <summary>Gives up an upload. One that is gone already is as good.</summary>
    public async ValueTask AbortAsync(UnfinishedUpload upload, CancellationToken cancellationToken) => await FindAsync(async () =>
    {
        await Client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = location.Bucket, Key = KeyOf(upload.Name), UploadId = upload.Id }, cancellationToken);
        return true;
    }, cancellationToken);

    public async IAsyncEnumerable<UnfinishedUpload> ListUploadsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = location.Bucket, Prefix = KeyOf(prefix) };
        bool more;
        do
        {
            ListMultipartUploadsResponse page = await CallAsync(() => Client.ListMultipartUploadsAsync(request, cancellationToken), cancellationToken);
            foreach (MultipartUpload item in page.MultipartUploads ?? [])
            {
                if (item.Key.StartsWith(KeyOf(prefix), StringComparison.Ordinal))
                {
                    yield return new UnfinishedUpload(item.Key[location.Prefix.Length..], item.UploadId, TimeOf(item.Initiated));
                }
            }

            more = page.IsTruncated == true && (page.NextKeyMarker, page.NextUploadIdMarker) != (request.KeyMarker, request.UploadIdMarker);
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (more);
    }
}
