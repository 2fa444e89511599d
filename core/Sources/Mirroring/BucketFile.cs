using System.Security.Cryptography;
using Amazon.S3.Model;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.S3;
using S3Bucket = BuildCache.Stores.S3.S3Bucket;

namespace BuildCache.Sources.Mirroring;

/// <summary>Moves files into a bucket and out of it, a part at a time.</summary>
/// <param name="bucket">The bucket.</param>
internal sealed class BucketFile(S3Bucket bucket)
{
    private const int PartSize = 8 * 1024 * 1024;
    private const int MostParts = 10_000;

    /// <summary>Writes an object of a file. Nothing of it can be seen before all of it is there.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="name">The name of the object.</param>
    /// <param name="digest">What the file holds.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask WriteAsync(string file, string name, Digest digest, CancellationToken cancellationToken)
    {
        if (digest.Size <= PartSize)
        {
            await bucket.WriteAsync(name, digest, await File.ReadAllBytesAsync(file, cancellationToken), cancellationToken);
            return;
        }

        if (digest.Size > (long)PartSize * MostParts)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile, $"'{file}' has {digest.Size:N0} bytes, and a mirror in a bucket takes up to {(long)PartSize * MostParts:N0} in a file. Mirror it to a folder.");
        }

        UnfinishedUpload upload = await bucket.BeginPartsAsync(name, cancellationToken);
        try
        {
            List<PartETag> parts = [];
            byte[] buffer = new byte[PartSize];
            await using FileStream content = File.OpenRead(file);
            for (int count; (count = await content.ReadAtLeastAsync(buffer, PartSize, throwOnEndOfStream: false, cancellationToken)) > 0;)
            {
                parts.Add(await bucket.WritePartAsync(upload, parts.Count + 1, buffer.AsMemory(0, count), cancellationToken));
            }

            await bucket.CompleteAsync(upload, parts, digest.Size, cancellationToken);
        }
        catch
        {
            await bucket.AbortAsync(upload, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Writes a file of an object. It stands under its name when all of it is there.</summary>
    /// <param name="name">The name of the object.</param>
    /// <param name="file">Full path of the file.</param>
    /// <param name="expected">What it must hold; without it, whatever it holds is taken.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether there is such an object.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: it holds something else.</exception>
    public async ValueTask<bool> ReadAsync(string name, string file, Digest? expected, CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var whole = new AtomicFile(file);
        await using (var content = new FileStream(whole.TemporaryPath, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            if (await bucket.LookAsync(name, cancellationToken) is not { } there)
            {
                return false;
            }

            byte[] buffer = new byte[Math.Min(PartSize, there.Size)];
            for (long at = 0; at < there.Size;)
            {
                int count = await bucket.ReadAsync(name, at, buffer, cancellationToken);
                if (count == 0)
                {
                    return false;
                }

                sha.AppendData(buffer, 0, count);
                await content.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                at += count;
            }
        }

        if (expected is { } digest && new Digest(sha.GetHashAndReset(), new FileInfo(whole.TemporaryPath).Length) != digest)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, $"'{name}' in {bucket.Location} is damaged. Delete it, and synchronise the mirror where a copy of it is kept, or to another prefix.");
        }

        whole.Replace();
        return true;
    }
}
