using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Entries;

/// <summary>Tidies up after processes that died while they put something in place.</summary>
internal static class StagingRecovery
{
    private const string NoteSuffix = ".for";
    private const int LongestName = 1024;

    /// <summary>Moves something aside within its directory, with a note of where it belongs.</summary>
    /// <exception cref="IOException">It cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static void MoveAside(string path, string aside)
    {
        // Written first: after a crash a sweep knows where it belongs.
        File.WriteAllText(NoteOf(aside), Path.GetFileName(path));
        PathMove.Move(path, aside);
    }

    /// <summary>The path for something that is moved aside. It and its note are removed with the place.</summary>
    /// <param name="place">The place in the directory that it is in.</param>
    /// <param name="suffix">What tells it from others of the place. A short one, so that what has the longest allowed name has a sibling too.</param>
    public static string NewAside(TemporaryPlace place, string suffix)
    {
        _ = place.Beside(NoteOf(suffix));
        return place.Beside(suffix);
    }

    /// <summary>Removes what dead processes left in a directory, and puts back what they had moved aside and put nothing in the place of.</summary>
    public static void Sweep(string directory) => TemporaryPlace.Sweep(directory, place => StagingNames.Of(directory, Path.GetFileName(place))
        .Where(path => path.EndsWith(NoteSuffix, StringComparison.Ordinal))
        .All(note => TryPutBack(directory, note, note[..^NoteSuffix.Length])));

    private static string NoteOf(string aside) => aside + NoteSuffix;

    // What cannot be put back stays aside.
    private static bool TryPutBack(string directory, string note, string aside)
    {
        try
        {
            if (!PathMove.IsThere(aside))
            {
                return true;
            }

            string name = new FileInfo(note) is { LinkTarget: null, Length: <= LongestName } ? File.ReadAllText(note) : "";
            if (!SafePath.IsName(name))
            {
                return false;
            }

            if (!PathMove.IsThere(Path.Combine(directory, name)))
            {
                PathMove.Move(aside, Path.Combine(directory, name));
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
