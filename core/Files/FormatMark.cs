using System.Globalization;
using System.Text;

namespace BuildCache.Files;

/// <summary>The file <c>version</c>, in which a folder says of what format it is.</summary>
internal static class FormatMark
{
    private const string Name = "version";

    /// <summary>Refuses a folder of a later format; an absent one is as good as an empty one.</summary>
    /// <param name="folder">Full path of the folder.</param>
    /// <param name="newest">The newest format that this version reads.</param>
    /// <param name="what">What the folder is, to begin a message with: <c>The store</c>.</param>
    /// <param name="advice">What to do other than update, to end it with.</param>
    /// <returns>Whether the folder says it at all.</returns>
    public static bool Check(string folder, int newest, string what, string advice)
    {
        if (Read(folder) is not { Length: > 0 } text)
        {
            return false;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version <= newest ? true
            : throw new BuildCacheException(ErrorId.UnsupportedFormat,
                $"{what} in '{folder}' {(what.EndsWith('s') ? "have" : "has")} format '{(text.Length > 20 ? text[..20] : text)}' and this version reads up to {newest}. Update BuildCache, or {advice}.");
    }

    /// <summary>Lets a folder say its format, if it does not yet.</summary>
    /// <param name="folder">Full path of the folder.</param>
    /// <param name="version">The format.</param>
    /// <param name="temporaries">Full path of a directory of the same file system to write in.</param>
    public static void Write(string folder, int version, string temporaries)
    {
        if (Read(folder) is not { Length: > 0 })
        {
            AtomicFile.Write(Path.Combine(folder, Name), version.ToString(CultureInfo.InvariantCulture) + "\n", temporaries);
        }
    }

    // A crash of the machine can leave the file empty, or with zeros in place of its content: it says no more than an absent one.
    private static string? Read(string folder)
    {
        string file = Path.Combine(folder, Name);
        const int Most = 4096;
        return RegularFile.TryRead(file, Most) is { } bytes ? Encoding.UTF8.GetString(bytes).Trim('\0', ' ', '\t', '\r', '\n') : null;
    }
}
