using System.Text;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Stores.S3;

/// <summary>The names of a store's objects, below its prefix. <c>docs/store-layout-s3.md</c> describes them.</summary>
internal static class S3Names
{
    public const string Blobs = "blobs/";
    public const string Packs = "packs/";
    public const string Index = "index/";
    public const string Entries = "entries/";
    public const string EntryEnd = "/entry";
    public const string UsedEnd = "/used";

    // A name has at most 1,024 bytes, of which the store's prefix takes up to 200.
    private const int LongestPath = 600;
    private const int HashDigits = 32;

    public static string OfBlob(Digest blob)
    {
        string hash = blob.Hash;
        return $"{Blobs}{hash[..2]}/{hash}";
    }

    public static string OfPack(string pack) => Packs + pack;

    /// <summary>What the names of an entry's objects begin with.</summary>
    public static string OfEntry(CacheKey key)
    {
        string path = PathOf(key);
        return Entries + (path.Length <= LongestPath ? path : $"{path[..LongestPath]}~{key.Digest.Hash[..HashDigits]}");
    }

    /// <summary>What the names of all entries begin with that a restore key matches; some others may begin so too.</summary>
    public static string OfMatches(CacheKey restoreKey)
    {
        string path = PathOf(restoreKey);
        return Entries + (path.Length <= LongestPath ? path : $"{path[..LongestPath]}~");
    }

    // One name for the scope and one for each part; '+' keeps them apart from ours. A part may end in the middle of what another
    // goes on with, and so may its name: that makes a restore key a prefix in the sense of S3 too.
    private static string PathOf(CacheKey key)
    {
        var path = new StringBuilder();
        Append(path, key.Scope.ToString());
        foreach (string part in key.Parts)
        {
            path.Append('/');
            Append(path, part);
        }

        return path.ToString();
    }

    private static void Append(StringBuilder path, string text)
    {
        path.Append('+');
        foreach (byte character in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)character) || character is (byte)'-' or (byte)'_' or (byte)'.')
            {
                path.Append((char)character);
            }
            else
            {
                path.Append('%').Append(Convert.ToHexStringLower([character]));
            }
        }
    }
}
