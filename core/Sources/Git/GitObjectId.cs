using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BuildCache.Sources.Git;

/// <summary>Computes the names of git's objects: the digest of their kind, their size and their bytes.</summary>
/// <remarks>SHA-1 is git's choice and serves nothing else here; repositories of the newer format have SHA-256.</remarks>
/// <param name="isSha256">Whether the repository has names of 64 digits.</param>
internal sealed class GitObjectId(bool isSha256)
{
    private const int BufferSize = 128 * 1024;

    /// <summary>The names that a commit has, by that of one.</summary>
    public static GitObjectId Like(string commit) => new(commit.Length == 2 * SHA256.HashSizeInBytes);

    /// <summary>The name of an object.</summary>
    public byte[] Of(string kind, ReadOnlySpan<byte> content)
    {
        using IncrementalHash hash = Begin(kind, content.Length);
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }

    /// <summary>The name of the blob that a file is.</summary>
    public byte[] OfFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        long size = file.Length;
        using IncrementalHash hash = Begin("blob", size);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Clamp(size, 1, BufferSize));
        try
        {
            for (int count; (count = file.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, count);
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The names of git's objects are SHA-1.")]
    private IncrementalHash Begin(string kind, long size)
    {
        var hash = IncrementalHash.CreateHash(isSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind} {size}\0")));
        return hash;
    }
}
