using BuildCache.Configuration;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Session;
using BuildCache.Pruning;
using BuildCache.Volumes;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>What the tasks share that use a volume: how a project names it.</summary>
public abstract class VolumeTask : CacheTask
{
    // A node of the same build that has a locked volume keeps it to the end: waiting for that would be waiting for oneself.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    /// <summary>The parts of the key, the most general first.</summary>
    public string[] Parts { get; set; } = [];

    /// <summary>The id of a key that is the volume's, in place of parts.</summary>
    public string? Key { get; set; }

    /// <summary>The id of a key or of a volume whose scope and parts the key begins with.</summary>
    public string? Parent { get; set; }

    /// <summary>The directory that a new volume starts as a copy of.</summary>
    public string? Source { get; set; }

    /// <summary>Who may use the volume at the same time: Shared, which is the default, Private or Locked.</summary>
    public string? Sharing { get; set; }

    /// <summary>How long to wait for a volume that others hold, for example <c>0:05:00</c>. By default 10 minutes.</summary>
    public string? Timeout { get; set; }

    private protected sealed override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        string? seed = string.IsNullOrEmpty(Source) ? null : Path.GetFullPath(Source);
        var identity = new VolumeIdentity(KeyOf(settings), ParseSharing(), seed is null ? null : VolumeIdentity.NameSource(workspace, seed), VolumeRun.Current);
        var volume = BuildVolume.Of(BuildEngine4, identity);
        Use(volume, volume.Take(identity, seed, PrunePolicyArguments.ParseDuration(Timeout) ?? s_timeout, Stop));
    }

    /// <summary>Does with the volume what the task is for.</summary>
    private protected abstract void Use(BuildVolume taken, CacheVolume volume);

    private CacheKey KeyOf(CacheSettings settings)
    {
        if (!string.IsNullOrEmpty(Key))
        {
            return CacheId.Parse(Key);
        }

        CacheKey? parent = string.IsNullOrEmpty(Parent) ? null : CacheId.LooksLikeId(Parent) ? CacheId.Parse(Parent) : VolumeId.Parse(Parent).Key;
        return CacheKey.Create(parent?.Scope ?? settings.Scope, [.. parent?.Parts ?? [], .. Parts]);
    }

    private VolumeSharing ParseSharing() => string.IsNullOrEmpty(Sharing) ? VolumeSharing.Shared
        : Array.Find(Enum.GetValues<VolumeSharing>(), value => Sharing.Equals(value.ToString(), StringComparison.OrdinalIgnoreCase)) is var found and not 0 ? found
        : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{Sharing}' is no way to share a volume. Use one of {string.Join(", ", Enum.GetNames<VolumeSharing>())}.");
}
