using BuildCache.Volumes;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>A volume that a node uses in one build. A private or locked one is held until MSBuild says that the build is done.</summary>
internal sealed class BuildVolume : IDisposable
{
    private static readonly Lock s_gate = new();

    private readonly Lock _gate = new();
    private readonly CacheVolumes _volumes = new();
    private readonly HashSet<string> _mountPoints = new(StringComparer.Ordinal);
    private CacheVolume? _volume;
    private VolumeHold? _hold;

    private BuildVolume()
    {
    }

    /// <summary>The volume of this node and this build.</summary>
    public static BuildVolume Of(IBuildEngine4 engine, VolumeIdentity identity)
    {
        object key = KeyOf(identity);
        lock (s_gate)
        {
            if (engine.GetRegisteredTaskObject(key, RegisteredTaskObjectLifetime.Build) is BuildVolume known)
            {
                return known;
            }

            var volume = new BuildVolume();
            engine.RegisterTaskObject(key, volume, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
            return volume;
        }
    }

    /// <summary>The volume as this node has taken it in this build, if it has.</summary>
    public static CacheVolume? Find(IBuildEngine4 engine, VolumeIdentity identity)
    {
        var known = (BuildVolume?)engine.GetRegisteredTaskObject(KeyOf(identity), RegisteredTaskObjectLifetime.Build);
        if (known is null)
        {
            return null;
        }

        lock (known._gate)
        {
            return known._volume;
        }
    }

    /// <summary>Gives the volume with its path, and holds it if that is called for.</summary>
    /// <param name="identity">What volume.</param>
    /// <param name="seed">Full path of the directory that a new one starts as a copy of.</param>
    /// <param name="timeout">How long to wait for others that hold it.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="BuildCacheException">It cannot be made, or not be had in time.</exception>
    public CacheVolume Take(VolumeIdentity identity, string? seed, TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_volume is null)
            {
                CacheVolume volume = _volumes.Get(identity, seed, cancellationToken);
                _hold = volume.Sharing == VolumeSharing.Shared ? null : _volumes.HoldAsync([volume], timeout, cancellationToken: cancellationToken).GetAwaiter().GetResult();
                _volume = _hold?.Volumes[0] ?? volume;
            }

            return _volume;
        }
    }

    /// <summary>Puts what was taken somewhere.</summary>
    public void Mount(string path, bool keepExisting)
    {
        lock (_gate)
        {
            _volumes.MountAsync(_volume!, path, keepExisting).GetAwaiter().GetResult();
            _mountPoints.Add(path);
        }
    }

    /// <summary>Dismounts and lets go. MSBuild calls it when all projects of the build are done.</summary>
    public void Dispose()
    {
        VolumeHold? hold;
        lock (_gate)
        {
            // In MSBuild's multi-threaded mode every thread ends the build.
            (hold, _hold) = (_hold, null);
        }

        foreach (string path in hold is null ? [] : _mountPoints)
        {
            try
            {
                _volumes.Dismount(path);
            }
            catch (BuildCacheException)
            {
                // Somebody was there before; there is no log any more to say so.
            }
        }

        hold?.Dispose();
    }

    private static object KeyOf(VolumeIdentity identity) => ("BuildCache.Volume", identity.Id);
}
