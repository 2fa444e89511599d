using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>Finds the directory in which git keeps what it knows of a checkout.</summary>
internal static class GitFolder
{
    /// <summary>The name of the directory, or of the file that stands for it, in the root of a checkout.</summary>
    public const string Name = ".git";

    /// <summary>The directory of the checkout at a root, or <see langword="null"/>.</summary>
    public static string? Of(string root)
    {
        string git = Path.Combine(root, Name);
        if (!File.Exists(git))
        {
            return Directory.Exists(git) ? git : null;
        }

        // A worktree or a submodule: the file names the real directory.
        const string Pointer = "gitdir: ";
        return ReadText(git) is var text && text.StartsWith(Pointer, StringComparison.Ordinal) ? Pointed(text[Pointer.Length..], root) : null;
    }

    /// <summary>The text of one of git's own files without space around it; empty where there is none that can be such a file.</summary>
    public static string ReadText(string file) => RegularFile.TryReadText(file, Ceilings.GitFile)?.Trim() ?? "";

    /// <summary>The full path that one of git's own files points to, or <see langword="null"/> where that is a network share or no path.</summary>
    public static string? Pointed(string path, string start) => CheckoutRule.IsNetworkShare(path) || path.Contains('\0', StringComparison.Ordinal) ? null : Path.GetFullPath(path, start);
}
