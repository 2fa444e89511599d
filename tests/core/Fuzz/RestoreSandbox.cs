using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Fuzz;

/// <summary>A folder to put things into, beside a file that nothing may touch.</summary>
internal static class RestoreSandbox
{
    private static readonly Lazy<Rig> s_rig = new(() => new Rig());

    /// <summary>A blob that is in the store.</summary>
    public static Digest Content { get; } = Digest.Of("content"u8);

    /// <summary>Restores a tree.</summary>
    /// <param name="top">What should be its top directory.</param>
    /// <param name="others">What the store has besides.</param>
    public static void Restore(byte[] top, IEnumerable<byte[]> others) => Within(target =>
    {
        Rig rig = s_rig.Value;
        Put(rig, "content"u8.ToArray());
        foreach (byte[] other in others.Append(top))
        {
            Put(rig, other);
        }

        var entry = new CacheEntry(Rig.Key("restore"), [new SavedPath("tree", true, Digest.Of(top), false, 1000, 0)], default, "", default, null, null);
        rig.Catalog.RestoreAsync(entry, target).AsTask().GetAwaiter().GetResult();
    });

    /// <summary>Runs something that may write below one folder.</summary>
    /// <param name="work">Gets the folder.</param>
    public static void Within(Action<string> work)
    {
        using var folder = new TempFolder();
        string canary = folder.File("canary", "canary");
        string target = folder.Folder("target");
        try
        {
            work(target);
        }
        finally
        {
            Assert.Equal(["canary", "target"], Directory.EnumerateFileSystemEntries(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal("canary", File.ReadAllText(canary));
            RefuseLinksOutside(target);
        }
    }

    private static void Put(Rig rig, byte[] content) => rig.Store.Blobs.WriteAsync(Digest.Of(content), content).AsTask().GetAwaiter().GetResult();

    private static void RefuseLinksOutside(string target)
    {
        foreach (string path in Directory.EnumerateFileSystemEntries(target, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true }))
        {
            if (new FileInfo(path).LinkTarget is { } link)
            {
                string full = Path.GetFullPath(link, Path.GetDirectoryName(path)!);
                Assert.True(full == target || full.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal), Encoding.UTF8.GetString(Encoding.UTF8.GetBytes($"{path} -> {link}")));
            }
        }
    }
}
