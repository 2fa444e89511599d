namespace BuildCache.Volumes;

/// <summary>A volume that is held in order to be read as a whole.</summary>
internal sealed class VolumeReading : IDisposable
{
    private readonly VolumeHold? _hold;

    private VolumeReading(string path, VolumeHold? hold) => (Path, _hold) = (path, hold);

    /// <summary>Full path of the directory to read.</summary>
    public string Path { get; }

    public static async Task<VolumeReading> BeginAsync(CacheVolumes volumes, CacheVolume volume, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        // Whoever holds it already must not wait for himself.
        if (volume.Hold is { IsHeld: true })
        {
            return new VolumeReading(volume.Path!, null);
        }

        volumes.Files.BeforeWrite();
        VolumeHold hold = volume.Sharing == VolumeSharing.Private
            ? await new VolumeHolding(volumes, timeout, cancellationToken).HoldExistingCopyAsync(volume)
            : await volumes.HoldAsync([volume], timeout, cancellationToken: cancellationToken);
        return new VolumeReading(hold.Volumes[0].Path!, hold);
    }

    public void Dispose() => _hold?.Dispose();
}
