using System.Text;
using BuildCache.Files;

namespace BuildCache.Trust;

/// <summary>Writes private keys into files that only their user can read.</summary>
public static class SigningKeyFile
{
    /// <summary>Writes a key into a new file.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">Full path of the file. Missing folders are made, for this user alone.</param>
    /// <param name="replace">Whether a file that is there gives way.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.DestinationNotEmpty"/>: there is one. <see cref="ErrorId.DestinationUnavailable"/>: it cannot be written.</exception>
    public static void Write(SigningKey key, string path, bool replace)
    {
        try
        {
            NewDirectory.MakePrivate(Path.GetDirectoryName(path)!);
            using var whole = new AtomicFile(path);
            whole.Fill(Encoding.UTF8.GetBytes(key.ExportPem()), isPrivate: true);
            if (replace)
            {
                whole.Replace();
            }
            else
            {
                whole.PlaceNew();
            }
        }
        catch (IOException) when (!replace && Path.Exists(path))
        {
            throw new BuildCacheException(ErrorId.DestinationNotEmpty, $"There is a '{path}' already, and it may be a key that is in use. Give another path, or -Force to replace it.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.DestinationUnavailable, $"The signing key cannot be written to '{path}' ({error.Message}). Give another path.", error);
        }
    }
}
