using System.Buffers;
using System.Security.Cryptography;
using BuildCache.Configuration;
using BuildCache.Files;

namespace BuildCache.Resources;

/// <summary>The salt that secrets are hashed with: given by the environment, else the user's own, made when it is first needed.</summary>
internal static class SecretSalt
{
    /// <summary>The environment variable that gives the salt: for machines that are to share results that depended on a secret.</summary>
    public const string Variable = "BUILDCACHE_SECRET_SALT";

    public const int Length = 32;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads the salt.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSalt"/>: it is malformed, others can read it, or it can be neither read nor made.</exception>
    public static byte[] Read()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Trim() is { Length: > 0 } given)
        {
            return Parse(given);
        }

        string file = UserDirectories.SecretSalt;
        try
        {
            return ReadFile(file) ?? Make(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The salt of secrets in '{file}' can be neither read nor made ({error.Message})", $"Check who may write there, or give a salt in {Variable}", error);
        }
    }

    private static byte[] Parse(string text)
    {
        byte[] salt = new byte[Length];
        bool isSalt = text.Length == 2 * Length
            ? Convert.FromHexString(text, salt, out _, out _) == OperationStatus.Done
            : Convert.TryFromBase64String(text, salt, out int written) && written == Length;
        return isSalt ? salt : throw Invalid($"The salt in {Variable} is not {Length} bytes in base64 or hexadecimal digits", $"Make one with 'openssl rand -base64 {Length}'");
    }

    private static byte[]? ReadFile(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        using (file)
        {
            // Of the file that is open, not of the one that has the name by now.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
            {
                throw Invalid($"The salt of secrets in '{path}' can be read or changed by others than its owner", "Delete it, and change the secrets that were hashed with it if others are not to be trusted; a new one is made");
            }

            byte[] salt = new byte[Length];
            return file.Length == Length && file.ReadAtLeast(salt, Length, throwOnEndOfStream: false) == Length
                ? salt
                : throw Invalid($"The salt of secrets in '{path}' is not {Length} bytes long", "Delete it; a new one is made, and what depended on secrets is done again");
        }
    }

    // Of several processes that make one at the same time, one succeeds, and all take its salt: what is there under the name is whole.
    private static byte[] Make(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        NewDirectory.MakePrivate(folder);
        using var whole = new AtomicFile(path);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(whole.TemporaryPath, options))
            {
                file.Write(RandomNumberGenerator.GetBytes(Length));
                file.Flush(flushToDisk: true);
            }

            whole.PlaceNew();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another was first.
        }

        return ReadFile(path) ?? throw new FileNotFoundException($"'{path}' was deleted.");
    }

    private static BuildCacheException Invalid(string what, string todo, Exception? cause = null) => new(ErrorId.InvalidSalt, $"{what}. {todo}.", cause);
}
