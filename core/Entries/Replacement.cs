using BuildCache.Files;

namespace BuildCache.Entries;

/// <summary>Puts one thing in the place of another, and can take that back.</summary>
/// <param name="staged">Full path of what is new, beside the destination; <see langword="null"/> to take away what is there.</param>
/// <param name="destination">Full path of the destination.</param>
/// <param name="aside">Full path for what was there, where the two cannot be swapped.</param>
/// <param name="swaps">Whether to try that.</param>
internal sealed class Replacement(string? staged, string destination, string aside, bool swaps = true)
{
    // Each attempt fails only if another process put something there, or took it away, at that moment.
    private const int MostAttempts = 10;

    private enum Way { None, Moved, Overwritten, Swapped, SteppedAside }

    private Way _way;

    /// <summary>Puts it there.</summary>
    /// <param name="canUndo">Whether it may have to be taken back. A file that replaces a file for good needs one rename on any system.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.DestinationUnavailable"/>: something is mounted there.</exception>
    public void Apply(bool canUndo)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (TryApply(canUndo))
                {
                    return;
                }

                if (attempt == MostAttempts)
                {
                    throw new IOException("Other processes put something there and take it away all the time.");
                }
            }
            catch (IOException) when (attempt < MostAttempts && (staged is null || PathMove.IsThere(staged)))
            {
                // Looked at again.
            }
        }
    }

    /// <summary>Makes it as it was. What was new is where it was staged.</summary>
    public void Undo()
    {
        switch (_way)
        {
            case Way.Moved:
                PathMove.Move(destination, staged!);
                break;
            case Way.Swapped:
                if (PathSwap.Try(staged!, destination) != PathSwapResult.Swapped)
                {
                    PathMove.Move(staged!, destination);
                }

                break;
            case Way.SteppedAside:
                if (staged is not null)
                {
                    PathMove.Move(destination, staged);
                }

                PathMove.Move(aside, destination);
                break;
        }

        _way = Way.None;
    }

    private bool TryApply(bool canUndo)
    {
        if (!PathMove.IsThere(destination))
        {
            if (staged is not null)
            {
                PathMove.Move(staged, destination);
                _way = Way.Moved;
            }

            return true;
        }

        if (staged is null)
        {
            return TryStepAside();
        }

        if (!canUndo && !PathMove.IsDirectory(staged) && !PathMove.IsDirectory(destination))
        {
            File.Move(staged, destination, overwrite: true);
            _way = Way.Overwritten;
            return true;
        }

        switch (swaps ? PathSwap.Try(staged, destination) : PathSwapResult.Unsupported)
        {
            case PathSwapResult.Swapped:
                _way = Way.Swapped;
                return true;
            case PathSwapResult.NotThere:
                return PathMove.IsThere(staged) ? false : throw new FileNotFoundException($"'{staged}' is gone.");
            case PathSwapResult.OtherFileSystem:
                throw new BuildCacheException(ErrorId.DestinationUnavailable,
                    $"'{destination}' cannot be replaced: something is mounted there, or it belongs to a lower layer of a container. Remove it, or name a directory inside of it as the destination.");
            default:
                return TryStepAside();
        }
    }

    private bool TryStepAside()
    {
        StagingRecovery.MoveAside(destination, aside);
        if (staged is not null)
        {
            try
            {
                PathMove.Move(staged, destination);
            }
            catch
            {
                if (!PathMove.IsThere(destination))
                {
                    PathMove.Move(aside, destination);
                }

                throw;
            }
        }

        _way = Way.SteppedAside;
        return true;
    }
}
