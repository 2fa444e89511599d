using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using BuildCache.Content;

namespace BuildCache.Stores.S3;

/// <summary>An object as a listing or a look at it shows it.</summary>
internal readonly record struct StoredObject(string Name, long Size, DateTimeOffset Modified, string ETag);

/// <summary>An object that was read whole.</summary>
internal sealed record ReadObject(ReadOnlyMemory<byte> Content, DateTimeOffset Modified, string ETag);

/// <summary>The objects below a store's prefix. An object that is definitely not there is an answer; every other failure is the store's error.</summary>
internal sealed partial class S3Bucket(S3Location location, AWSCredentials? credentials) : IDisposable
{
    private const int MostReads = 3;

    // A conflict passes by itself, and soon; among many writers of one key the next one may follow at once.
    private const int MostConflicts = 8;
    private const int LargestDelete = 1000;
    private readonly Lazy<AmazonS3Client> _client = new(() => location.Connect(credentials));
    private volatile bool _knowsConditions = true;

    public S3Location Location => location;

    private AmazonS3Client Client => _client.Value;

    // The server is told the SHA-256 of what it gets in a header of its own. Over TLS nothing more is needed; over plain
    // HTTP the signature covers the content too.
    private bool IsTls => location.Endpoint is null || location.Endpoint.Scheme == "https";

    public ValueTask<StoredObject?> LookAsync(string name, CancellationToken cancellationToken) => FindAsync(async () =>
    {
        GetObjectMetadataResponse answer = await Client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = location.Bucket, Key = KeyOf(name) }, cancellationToken);
        return (StoredObject?)new StoredObject(name, answer.ContentLength, TimeOf(answer.LastModified), answer.ETag);
    }, cancellationToken);

    /// <summary>Reads a whole object, which is not empty.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: it is larger than allowed.</exception>
    public ValueTask<ReadObject?> ReadAsync(string name, int largest, CancellationToken cancellationToken) => RetryAsync(() => FindAsync(async () =>
    {
        using GetObjectResponse answer = await GetAsync(name, 0, null, cancellationToken);
        long total = TotalOf(answer, 0);
        if (total > largest)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, $"'{name}' in {location} has {total:N0} bytes and may have {largest:N0}. Remove it.");
        }

        var content = new ArrivingBytes(total);
        var body = new S3Body(answer, total);
        while (!content.IsComplete)
        {
            Memory<byte> next = content.Next(Ceilings.FirstBuffer);
            await body.ReadAsync(next, cancellationToken);
            content.Advance(next.Length);
        }

        return new ReadObject(content.ToArray(), TimeOf(answer.LastModified), answer.ETag);
    }, cancellationToken), cancellationToken);

    /// <summary>Reads a whole object of which can be told whether it is damaged: again, until it is not or is known to be stored so.</summary>
    /// <returns>Nothing when it is not there; else whether it is whole.</returns>
    public async ValueTask<(ReadObject Read, bool IsWhole)?> ReadAsync(string name, int largest, Func<ReadObject, bool> isWhole, CancellationToken cancellationToken)
    {
        ReadObject? previous = null;
        for (int reads = 0; reads < MostReads; reads++)
        {
            if (await ReadAsync(name, largest, cancellationToken) is not { } read)
            {
                return null;
            }

            bool whole = isWhole(read);
            // Where the tag does not tell, two answers that agree have to do.
            if (whole || (StoredTag.Matches(read) ?? previous?.Content.Span.SequenceEqual(read.Content.Span) == true))
            {
                return (read, whole);
            }

            previous = read;
        }

        throw ArrivesDamaged(name);
    }

    /// <summary>Makes the error for what is damaged on the way, time and again.</summary>
    public BuildCacheException ArrivesDamaged(string name) =>
        new(ErrorId.StoreUnavailable, $"'{name}' arrives damaged from {location} again and again. Check the network.");

    /// <summary>Reads a part of an object.</summary>
    /// <returns>How many bytes there are: fewer when it ends before, none when it is not there.</returns>
    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) => RetryAsync(() => FindAsync(async () =>
    {
        try
        {
            using GetObjectResponse answer = await GetAsync(name, offset, offset + destination.Length - 1, cancellationToken);
            // Of an answer that was cut and relabelled on the way, this still tells how long the object is.
            long total = TotalOf(answer, offset);
            int there = (int)Math.Clamp(total - offset, 0, destination.Length);
            await new S3Body(answer, total).ReadAsync(destination[..there], cancellationToken);
            return there;
        }
        catch (AmazonServiceException error) when (error.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return 0;
        }
    }, cancellationToken), cancellationToken);

    /// <summary>Opens an object at an offset; from there on it is read by the caller.</summary>
    public ValueTask<S3Body?> OpenAsync(string name, long offset, CancellationToken cancellationToken) => FindAsync(async () =>
    {
        GetObjectResponse answer = await GetAsync(name, offset, null, cancellationToken);
        return new S3Body(answer, TotalOf(answer, offset));
    }, cancellationToken);

    /// <summary>Writes an object whose SHA-256 is known.</summary>
    public async ValueTask WriteAsync(string name, Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await CallAsync(() => Client.PutObjectAsync(PutOf(name, digest, content), cancellationToken), cancellationToken);

    /// <summary>Writes an object unless there is one of that name.</summary>
    /// <returns><see langword="false"/> when there is one and it stays.</returns>
    public async ValueTask<bool> WriteNewAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var digest = Digest.Of(content.Span);
        for (int attempt = 1; ; attempt++)
        {
            if (!_knowsConditions && await LookAsync(name, cancellationToken) is not null)
            {
                return false;
            }

            try
            {
                PutObjectRequest request = PutOf(name, digest, content);
                request.IfNoneMatch = _knowsConditions ? "*" : null;
                await Client.PutObjectAsync(request, cancellationToken);
                return true;
            }
            catch (AmazonServiceException error) when (S3Errors.IsConditionFailed(error))
            {
                // An answer may have been lost and the SDK have asked again: what stands there is then this very content.
                return await ReadAsync(name, Ceilings.EntryObject, cancellationToken) is { } there && there.Content.Span.SequenceEqual(content.Span);
            }
            catch (AmazonServiceException error) when (_knowsConditions && S3Errors.IsNotImplemented(error))
            {
                _knowsConditions = false;
            }
            catch (AmazonServiceException error) when (S3Errors.IsPassing(error) && attempt < (S3Errors.IsConflict(error) ? MostConflicts : MostReads))
            {
                // Of a conflict: two wrote at the same moment, and neither was told to have won.
                await PauseAsync(attempt, cancellationToken);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                throw S3Errors.Of(location, error);
            }
        }
    }

    /// <summary>Sets the time of an object to now, by a copy onto itself.</summary>
    /// <returns>Whether it is there.</returns>
    public async ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken) => await FindAsync(async () =>
    {
        await Client.CopyObjectAsync(new CopyObjectRequest
        {
            SourceBucket = location.Bucket,
            SourceKey = KeyOf(name),
            DestinationBucket = location.Bucket,
            DestinationKey = KeyOf(name),
            MetadataDirective = S3MetadataDirective.REPLACE,
        }, cancellationToken);
        return true;
    }, cancellationToken);

    /// <summary>Deletes an object unless it was replaced since it was seen with a tag.</summary>
    /// <returns>Whether it was there, as it was, and went.</returns>
    public async ValueTask<bool> DeleteAsync(string name, string etag, CancellationToken cancellationToken)
    {
        // Asked first, for servers that pay no heed to the condition.
        if (await LookAsync(name, cancellationToken) is not { } there || there.ETag != etag)
        {
            return false;
        }

        try
        {
            await Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = location.Bucket, Key = KeyOf(name), IfMatch = _knowsConditions ? etag : null }, cancellationToken);
            return true;
        }
        catch (AmazonServiceException error) when (S3Errors.IsConditionFailed(error) || S3Errors.IsNotFound(error) || error.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (AmazonServiceException error) when (_knowsConditions && S3Errors.IsNotImplemented(error))
        {
            await DeleteAsync([name], cancellationToken);
            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Errors.Of(location, error);
        }
    }

    /// <summary>Deletes an object that is damaged, if the store allows.</summary>
    public async ValueTask<bool> TryDeleteAsync(string name, string etag, CancellationToken cancellationToken)
    {
        try
        {
            return await DeleteAsync(name, etag, cancellationToken);
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            return false;
        }
    }

    /// <summary>Deletes objects, whether they are there or not.</summary>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        foreach (string[] part in names.Chunk(LargestDelete))
        {
            await CallAsync(() => Client.DeleteObjectsAsync(new DeleteObjectsRequest
            {
                BucketName = location.Bucket,
                Objects = [.. part.Select(name => new KeyVersion { Key = KeyOf(name) })],
                Quiet = true,
            }, cancellationToken), cancellationToken);
        }
    }

    /// <summary>Lists objects in the order of their names.</summary>
    /// <param name="prefix">What their names begin with.</param>
    /// <param name="pages">Stops after so many pages of a thousand.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, int pages = int.MaxValue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? next = null;
        int left = Math.Min(pages, Ceilings.ListedPages);
        do
        {
            ListObjectsV2Response page = await CallAsync(() => Client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = location.Bucket, Prefix = KeyOf(prefix), ContinuationToken = next }, cancellationToken), cancellationToken);
            foreach (S3Object item in page.S3Objects ?? [])
            {
                // A list with something left out would be another thing: pruning would take what is left out for orphans.
                yield return item.Key.StartsWith(KeyOf(prefix), StringComparison.Ordinal)
                    ? new StoredObject(item.Key[location.Prefix.Length..], item.Size ?? 0, TimeOf(item.LastModified), item.ETag)
                    : throw new BuildCacheException(ErrorId.StoreUnsuitable, $"{location} lists what was not asked for. Check the network, or use a service that speaks the whole of S3.");
            }

            string? token = page.IsTruncated == true ? page.NextContinuationToken : null;
            next = token is null || token != next ? token : throw new BuildCacheException(ErrorId.StoreUnsuitable, $"{location} lists the same page again and again. Use a service that speaks the whole of S3.");
        }
        while (next is not null && --left > 0);

        if (next is not null && pages > Ceilings.ListedPages)
        {
            throw new BuildCacheException(ErrorId.StoreUnsuitable, $"{location} lists more than {Ceilings.ListedPages:N0} pages and does not come to an end. Use a service that speaks the whole of S3, or another prefix.");
        }
    }

    /// <summary>How far the server's clock is ahead, by the date of its answer to a cheap question; <see langword="null"/> when it has none.</summary>
    public async ValueTask<TimeSpan?> MeasureClockSkewAsync(CancellationToken cancellationToken)
    {
        TimeSpan? skew = null;
        void Note(object sender, ResponseEventArgs answer)
        {
            if (answer is WebServiceResponseEventArgs { ResponseHeaders: { } headers } && headers.TryGetValue("Date", out string? date))
            {
                skew = ServerClock.SkewOf(date, DateTimeOffset.UtcNow);
            }
        }

        Client.AfterResponseEvent += Note;
        try
        {
            await CallAsync(() => Client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = location.Bucket, Prefix = location.Prefix, MaxKeys = 1 }, cancellationToken), cancellationToken);
        }
        finally
        {
            Client.AfterResponseEvent -= Note;
        }

        return skew;
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            Client.Dispose();
        }
    }

    // Always of a range: of a whole object the SDK would compute the MD5 besides, and throw at the end of a stream that is damaged.
    private Task<GetObjectResponse> GetAsync(string name, long first, long? last, CancellationToken cancellationToken) => Client.GetObjectAsync(
        new GetObjectRequest { BucketName = location.Bucket, Key = KeyOf(name), ByteRange = new ByteRange(string.Create(CultureInfo.InvariantCulture, $"bytes={first}-{last}")) },
        cancellationToken);

    private string KeyOf(string name) => location.Prefix + name;

    private PutObjectRequest PutOf(string name, Digest digest, ReadOnlyMemory<byte> content) => new()
    {
        BucketName = location.Bucket,
        Key = KeyOf(name),
        InputStream = StreamOf(content),
        ChecksumSHA256 = ChecksumOf(digest),
        UseChunkEncoding = false,
        DisablePayloadSigning = IsTls,
    };

    private static string ChecksumOf(Digest digest)
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        digest.CopyHashTo(hash);
        return Convert.ToBase64String(hash);
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array) && array.Array is not null
            ? new MemoryStream(array.Array, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);

    private static DateTimeOffset TimeOf(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : DateTimeOffset.UnixEpoch;

    private long TotalOf(GetObjectResponse answer, long offset) =>
        answer.ContentRange is { } range && range.StartsWith($"bytes {offset.ToString(CultureInfo.InvariantCulture)}-", StringComparison.Ordinal)
            && long.TryParse(range.AsSpan(range.IndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long total)
                ? total
                : throw new BuildCacheException(ErrorId.StoreUnsuitable, $"{location} answers a question for a part of an object with something else. Use a service that speaks the whole of S3.");

    private async ValueTask<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception error) when (S3Errors.IsPassing(error) && attempt < (S3Errors.IsConflict(error) ? MostConflicts : MostReads) && !cancellationToken.IsCancellationRequested)
            {
                await PauseAsync(attempt, cancellationToken);
            }
            catch (Exception error) when (error is not BrokenOffException && !cancellationToken.IsCancellationRequested)
            {
                throw S3Errors.Of(location, error);
            }
        }
    }

    private async ValueTask<T?> FindAsync<T>(Func<Task<T?>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(async () =>
            {
                try
                {
                    return await call();
                }
                catch (AmazonServiceException error) when (S3Errors.IsNotFound(error))
                {
                    return default;
                }
            }, cancellationToken);
        }
        catch (BrokenOffException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>Reads again what broke off on the way. The SDK asks again for an answer, but not for what follows its headers.</summary>
    private async ValueTask<T> RetryAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await read();
            }
            catch (BrokenOffException error)
            {
                if (attempt == MostReads)
                {
                    throw S3Errors.Of(location, error);
                }

                await PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Waits before another attempt, longer each time, and not all for equally long.</summary>
    public static Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds((50 << Math.Min(attempt, 4)) * (0.5 + Random.Shared.NextDouble())), cancellationToken);
}
