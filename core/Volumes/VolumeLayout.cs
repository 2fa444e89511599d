using System.Globalization;
using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>What stands in the directory of one volume.</summary>
internal static class VolumeLayout
{
    private const string DataName = "data";
    private const string CopiesName = "copies";
    private const string SeedName = "seed";
    private const string FormerName = "old";

    /// <summary>The directory of a shared or locked volume that its holders work in.</summary>
    public static string DataOf(string directory) => Path.Combine(directory, DataName);

    /// <summary>What every copy of a private volume starts as; not there when it starts empty.</summary>
    public static string SeedOf(string directory) => Path.Combine(directory, SeedName);

    /// <summary>One copy of a private volume.</summary>
    public static string CopyOf(string directory, int number) => Path.Combine(directory, CopiesName, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The numbers of the copies of a private volume, from the lowest.</summary>
    public static IReadOnlyList<int> CopiesOf(string directory)
    {
        string copies = Path.Combine(directory, CopiesName);
        if (!Directory.Exists(copies))
        {
            return [];
        }

        List<int> numbers = [];
        foreach (string path in Directory.EnumerateDirectories(copies))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Puts a directory in the place of the data of a volume that somebody has alone.</summary>
    /// <param name="directory">Full path of the volume.</param>
    /// <param name="content">Full path of the new data.</param>
    /// <param name="place">Where what was there before goes, to be removed or swept.</param>
    public static void ReplaceData(string directory, string content, TemporaryPlace place)
    {
        string data = DataOf(directory);
        if (PathSwap.Try(content, data) == PathSwapResult.Swapped)
        {
            return;
        }

        string former = Path.Combine(directory, FormerName);
        if (PathMove.IsThere(former))
        {
            PathMove.Move(former, place.Beside("former"));
        }

        PathMove.Move(data, former);
        try
        {
            PathMove.Move(content, data);
        }
        catch
        {
            PathMove.Move(former, data);
            throw;
        }

        PathMove.Move(former, place.Beside("old"));
    }

    /// <summary>Brings back the data of a volume whose replacing was cut short, or which somebody deleted. For who holds the volume.</summary>
    public static void Recover(string directory)
    {
        string data = DataOf(directory);
        string former = Path.Combine(directory, FormerName);
        if (Directory.Exists(former) && !Directory.Exists(data))
        {
            try
            {
                Directory.Move(former, data);
            }
            catch (IOException) when (Directory.Exists(data))
            {
                // Another who shares it was faster.
            }
        }

        NewDirectory.MakePrivate(data);
    }

    /// <summary>Makes the directories of a volume below a directory that is its own.</summary>
    /// <param name="directory">Full path.</param>
    /// <param name="sharing">Who may use it.</param>
    /// <param name="seed">Full path of the directory that it starts as a copy of.</param>
    /// <param name="cancellationToken">Stops the copying.</param>
    public static void Make(string directory, VolumeSharing sharing, string? seed, CancellationToken cancellationToken)
    {
        if (sharing == VolumeSharing.Private)
        {
            NewDirectory.MakePrivate(Path.Combine(directory, CopiesName));
            if (seed is not null)
            {
                DirectoryCopy.Copy(seed, SeedOf(directory), cancellationToken);
            }
        }
        else if (seed is not null)
        {
            DirectoryCopy.Copy(seed, DataOf(directory), cancellationToken);
        }
        else
        {
            NewDirectory.MakePrivate(DataOf(directory));
        }
    }
}
