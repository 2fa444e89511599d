using System.Globalization;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

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
        string file = Path.Combine(folder, Name);
        if (!FileIO.Exists(file))
        {
            return false;
        }

        string text = FileIO.ReadAllText(file).Trim();
        // A crash of the machine can leave the file empty: it says no more than an absent one.
        return text.Length == 0 || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version <= newest) ? true
            : throw new BuildCacheException(ErrorId.UnsupportedFormat,
                $"{what} in '{folder}' {(what.EndsWith('s') ? "have" : "has")} format '{(text.Length > 20 ? text[..20] : text)}' and this version reads up to {newest}. Update BuildCache, or {advice}.");
    }

    /// <summary>Lets a folder say its format, if it does not yet.</summary>
    /// <param name="folder">Full path of the folder.</param>
    /// <param name="version">The format.</param>
    /// <param name="temporary">A path on the same disk that nobody else uses.</param>
    public static void Write(string folder, int version, string temporary)
    {
        string file = Path.Combine(folder, Name);
        if (new FileInfo(file) is not { Exists: true, Length: > 0 })
        {
            FileIO.WriteAllText(temporary, version.ToString(CultureInfo.InvariantCulture) + "\n");
            FileIO.Move(temporary, file, overwrite: true);
        }
    }
}
