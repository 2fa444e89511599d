using System.Globalization;
using System.Text;

namespace BuildCache.Tests.Soaks;

/// <summary>A small tree of files that all hold the number of a variant, so that any mixture of two shows.</summary>
internal static class SampleTree
{
    // One is larger than what a store holds in memory.
    private static readonly (string Name, int Size)[] s_files = [("a", 10), ("b", 5000), ("sub/c", 20), ("sub/deep/d", 70_000), ("sub/e", 1_100_000), ("x.sh", 30)];

    /// <summary>Writes it; what is there goes.</summary>
    public static void Write(string root, int variant)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        foreach ((string name, int size) in s_files)
        {
            string path = Path.Combine(root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, Content(size, variant));
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(root, "x.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.CreateSymbolicLink(Path.Combine(root, "sub", "link"), "c");
        Directory.CreateDirectory(Path.Combine(root, "empty"));
    }

    /// <summary>The variant that a tree is.</summary>
    /// <param name="root">Full path.</param>
    /// <param name="problem">Why it is none, or <see langword="null"/>.</param>
    public static int? VariantOf(string root, out string? problem)
    {
        if (!File.Exists(Path.Combine(root, "a")) || Encoding.ASCII.GetString(File.ReadAllBytes(Path.Combine(root, "a"))).Split(' ') is not [var text, ..]
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int variant))
        {
            problem = $"'{root}' has no file 'a' of any variant";
            return null;
        }

        string[] expected = [.. s_files.Select(file => file.Name).Append("sub/link").Order(StringComparer.Ordinal)];
        string[] found = [.. Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)];
        problem = !found.SequenceEqual(expected) ? $"'{root}' holds {string.Join(", ", found)}"
            : s_files.Where(file => !File.ReadAllBytes(Path.Combine(root, file.Name)).AsSpan().SequenceEqual(Content(file.Size, variant)))
                .Select(file => $"'{root}/{file.Name}' is not that of variant {variant}").FirstOrDefault()
            ?? (new FileInfo(Path.Combine(root, "sub", "link")).LinkTarget != "c" ? "the link points elsewhere"
                : !OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path.Combine(root, "x.sh")) & UnixFileMode.UserExecute) == 0 ? "'x.sh' is not executable"
                : !Directory.Exists(Path.Combine(root, "empty")) ? "the empty directory is missing" : null);
        return problem is null ? variant : null;
    }

    private static byte[] Content(int size, int variant)
    {
        byte[] content = new byte[size];
        Array.Fill(content, (byte)variant);
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{variant} ")).CopyTo(content, 0);
        return content;
    }
}
