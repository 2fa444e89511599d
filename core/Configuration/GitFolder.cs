using BuildCache.Content;
using BuildCache.Files;

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
        string text = RegularFile.TryReadText(git, Ceilings.GitFile)?.Trim() ?? "";
        return text.StartsWith(Pointer, StringComparison.Ordinal) && !text.Contains('\0', StringComparison.Ordinal) ? Path.GetFullPath(text[Pointer.Length..], root) : null;
    }
}
