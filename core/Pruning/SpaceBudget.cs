namespace BuildCache.Pruning;

/// <summary>How much space a cache may take. The rule is BuildKit's (<c>cache/manager.go</c>, <c>calculateKeepBytes</c>).</summary>
/// <param name="MaximumUsed">The cache takes no more than this.</param>
/// <param name="Reserved">The cache may have this much whatever the other limits say.</param>
/// <param name="MinimumFree">The disk keeps this much free, as far as the cache can give it.</param>
/// <param name="Target">When one of the limits is passed, the cache goes down to this, so that it is not pruned again at once.</param>
public sealed record SpaceBudget(SizeLimit? MaximumUsed = null, SizeLimit? Reserved = null, SizeLimit? MinimumFree = null, SizeLimit? Target = null)
{
    /// <summary>Whether the budget limits anything: space that is reserved limits nothing by itself.</summary>
    public bool HasLimit => MaximumUsed is not null || MinimumFree is not null;

    /// <summary>How many bytes of the cache to keep.</summary>
    /// <param name="used">The bytes that the cache takes.</param>
    /// <param name="disk">The disk it lies on, or <see langword="null"/> where there is none, or it does not say.</param>
    /// <returns><see langword="null"/> when the cache is within its limits and nothing has to go.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedByStore"/>: a limit depends on the disk, and there is none.</exception>
    public long? BytesToKeep(long used, DiskSpace? disk)
    {
        if (!HasLimit)
        {
            return null;
        }

        long? keep = MaximumUsed is { } maximum ? Bytes(maximum, disk) : null;
        if (MinimumFree is { } free)
        {
            DiskSpace space = disk ?? throw NoDisk();
            long lacking = free.On(space.Total) - space.Free;
            if (lacking > 0)
            {
                keep = Math.Max(0, Math.Min(keep ?? used, used - lacking));
            }
        }

        long reserved = Reserved is { } part ? Bytes(part, disk) : 0;
        keep = keep is { } bytes ? Math.Max(bytes, reserved) : null;
        return keep is not { } limit || used <= limit ? null
            : Target is { } target ? Math.Max(Math.Min(Bytes(target, disk), limit), reserved)
            : limit;
    }

    private static long Bytes(SizeLimit limit, DiskSpace? disk) => limit.Percent > 0 ? limit.On((disk ?? throw NoDisk()).Total) : limit.Bytes;

    private static BuildCacheException NoDisk() =>
        new(ErrorId.UnsupportedByStore, "A share of a disk, or space to keep free on one, means nothing here: the store has no disk of its own, or the disk does not tell its size. Give sizes in bytes, as in '200GB'.");
}
