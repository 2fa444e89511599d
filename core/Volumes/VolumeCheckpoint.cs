using BuildCache.Entries;
using BuildCache.Files;

namespace BuildCache.Volumes;

/// <summary>Copies the state of a volume to an ordinary directory.</summary>
public static class VolumeCheckpoint
{
    /// <summary>Makes the copy, whole or not at all: files with their modes and times, links as they stand.</summary>
    /// <param name="volumes">The volumes of this machine.</param>
    /// <param name="volume">The volume. It is held meanwhile; of a private one, the copy that the caller holds, else the first that is free.</param>
    /// <param name="directory">Full path of the directory to make.</param>
    /// <param name="timeout">How long to wait for a volume that others hold.</param>
    /// <param name="cancellationToken">Stops; nothing is there then.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InvalidSetting"/>: something stands there already.
    /// <see cref="ErrorId.UnsupportedFile"/>: the volume holds what is no file, directory or link.
    /// <see cref="ErrorId.StoreUnavailable"/>: the file system refuses.
    /// </exception>
    public static async Task MakeAsync(
        CacheVolumes volumes, CacheVolume volume, string directory, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (Path.Exists(directory))
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"There is a '{directory}' already. Name a directory that is not there yet.");
        }

        using VolumeReading reading = await VolumeReading.BeginAsync(volumes, volume, timeout, cancellationToken);
        await Task.Run(() =>
        {
            try
            {
                using var staging = new Staging();
                string staged = staging.Add(directory);
                // With the mode of an ordinary directory, not with that of a volume.
                Directory.CreateDirectory(staged);
                DirectoryCopy.Copy(reading.Path, staged, cancellationToken);
                staging.Commit();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new BuildCacheException(ErrorId.StoreUnavailable, $"The volume {volume} cannot be copied to '{directory}': {error.Message} Nothing is left there. Check its permissions and the free space of its disk.", error);
            }
        }, cancellationToken);
    }
}
