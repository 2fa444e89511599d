using System.IO.Compression;
using System.Text;

namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>Looks for texts that should stand nowhere.</summary>
internal static class Leaks
{
    /// <summary>Counts them in all that a build leaves: what it printed, its binary log, its report, and what the cache keeps for itself.</summary>
    /// <param name="secrets">The texts.</param>
    /// <param name="build">What was printed and reported.</param>
    /// <param name="solution">Where it was built.</param>
    /// <param name="binaryLog">The log, below the solution.</param>
    public static IReadOnlyDictionary<string, int> Count(IReadOnlyList<string> secrets, BuildResult build, TestSolution solution, string binaryLog)
    {
        string home = solution.Environment["BUILDCACHE_HOME"];
        List<byte[]> places =
        [
            Encoding.UTF8.GetBytes(build.Output),
            Unzipped(solution.PathOf(binaryLog)),
            .. File.Exists(solution.ReportFile) ? [File.ReadAllBytes(solution.ReportFile)] : Array.Empty<byte[]>(),
            .. Directory.Exists(home) ? Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes) : [],
        ];
        return secrets.ToDictionary(secret => secret, secret => places.Sum(place => Occurrences(place, Encoding.UTF8.GetBytes(secret))));
    }

    private static byte[] Unzipped(string file)
    {
        using var zipped = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        zipped.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static int Occurrences(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        int count = 0;
        for (int at = text.IndexOf(part); at >= 0; at = text.IndexOf(part))
        {
            count++;
            text = text[(at + part.Length)..];
        }

        return count;
    }
}
