using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Entries;

/// <summary>Files and directories made beside where they belong, and moved there all or none.</summary>
/// <remarks>
/// What is there gives way by a swap where the system has one, so that a destination is never absent. A process that is killed leaves
/// names that <see cref="StagingName"/> knows and a lock that is free; the next restore into the same directory removes them.
/// </remarks>
internal sealed class Staging : IDisposable
{
    private readonly TemporaryPlaces _places = new();
    private readonly List<(string Staged, string Destination, TemporaryPlace Place, bool IsInside)> _items = [];
    private readonly List<string> _madeDirectories = [];
    private int _count;
    private bool _committed;

    /// <summary>Gives the path to make something at that belongs elsewhere.</summary>
    /// <param name="destination">Full path of where it belongs.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.DestinationUnavailable"/>: nothing can be made there.</exception>
    public string Add(string destination)
    {
        try
        {
            string parent = Path.GetDirectoryName(destination)!;
            MakeDirectory(parent);
            // Nothing can take the place of what is mounted, so that the content is exchanged inside of it.
            bool isInside = PathSwap.IsMountPoint(destination) && PathMove.IsDirectory(destination);
            TemporaryPlace place = _places.In(isInside ? destination : parent);
            string staged = place.Beside(NextSuffix());
            _items.Add((staged, destination, place, isInside));
            return staged;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DestinationFailure.Of(destination, error);
        }
    }

    /// <summary>Moves everything into place. If one move fails, those before it are undone.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.DestinationUnavailable"/>: the file system refuses.</exception>
    public void Commit()
    {
        List<(Replacement Replacement, TemporaryPlace Place)> done = [];
        string destination = "";
        try
        {
            List<(string? Staged, string Destination, TemporaryPlace Place)> moves = [.. _items.SelectMany(MovesOf)];
            foreach ((string? staged, string next, TemporaryPlace place) in moves)
            {
                destination = next;
                var replacement = new Replacement(staged, destination, StagingRecovery.NewAside(place, NextSuffix()));
                done.Add((replacement, place));
                replacement.Apply(canUndo: moves.Count > 1);
            }
        }
        catch (Exception error)
        {
            foreach ((Replacement replacement, TemporaryPlace place) in Enumerable.Reverse(done))
            {
                Undo(replacement, place);
            }

            if (error is IOException or UnauthorizedAccessException)
            {
                throw DestinationFailure.Of(destination, error);
            }

            throw;
        }

        _committed = true;
    }

    /// <summary>Removes what was not moved into place, and what gave way.</summary>
    public void Dispose()
    {
        _places.Dispose();
        if (_committed)
        {
            return;
        }

        foreach (string directory in Enumerable.Reverse(_madeDirectories))
        {
            try
            {
                Directory.Delete(directory);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another process uses it by now.
            }
        }
    }

    // The suffixes are short, so that a destination of the longest allowed name has a sibling too.
    private string NextSuffix() => (_count++).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<(string? Staged, string Destination, TemporaryPlace Place)> MovesOf((string Staged, string Destination, TemporaryPlace Place, bool IsInside) item)
    {
        if (!item.IsInside || !PathMove.IsDirectory(item.Staged))
        {
            return [(item.Staged, item.Destination, item.Place)];
        }

        string[] added = [.. Directory.EnumerateFileSystemEntries(item.Staged)];
        HashSet<string> kept = [.. added.Select(path => Path.GetFileName(path))];
        IEnumerable<string> removed = Directory.EnumerateFileSystemEntries(item.Destination).Where(path => !StagingName.Is(Path.GetFileName(path)) && !kept.Contains(Path.GetFileName(path)));
        return [
            .. added.Select(path => ((string?)path, Path.Combine(item.Destination, Path.GetFileName(path)), item.Place)),
            .. removed.Select(path => ((string?)null, path, item.Place)),
        ];
    }

    private static void Undo(Replacement replacement, TemporaryPlace place)
    {
        try
        {
            replacement.Undo();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report. A later sweep tries again to put back what is aside.
            place.Keep();
        }
    }

    private void MakeDirectory(string directory)
    {
        var missing = new Stack<string>();
        for (string? above = directory; above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
        {
            missing.Push(above);
        }

        foreach (string made in missing)
        {
            Directory.CreateDirectory(made);
            _madeDirectories.Add(made);
        }
    }
}
