using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>What cannot be kept as it is, is refused in words when it is saved, and never lost by a later lookup.</summary>
public sealed class UnsavableTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("unsavable");
    private readonly Rig _rig = new();

    [Theory]
    [InlineData(5)]
    [InlineData(3_000_000)]
    public async Task A_file_that_changes_while_it_is_saved_is_not_saved(int size)
    {
        string tree = _rig.Folder.Folder("tree");
        string file = _rig.Folder.File("tree/log", new byte[size]);
        _rig.Faulty.Before = operation =>
        {
            if (operation == Operation.WriteFiles)
            {
                File.AppendAllText(file, "more");
            }
        };

        await Fails.WithAsync(ErrorId.InputChanged, async () => await _rig.SaveTreeAsync(s_key, tree));

        Assert.Null((await _rig.Catalog.FindAsync(s_key)).Entry);
    }

    [Fact]
    public async Task More_empty_directories_than_a_reader_takes_are_refused()
    {
        const string Memory = "/dev/shm";
        Assert.SkipUnless(Directory.Exists(Memory), "A disk takes minutes to make and remove so many directories.");
        string tree = Directory.CreateDirectory(Path.Combine(Memory, Path.GetFileName(_rig.Folder.Root))).FullName;
        BuildCacheException error;
        try
        {
            for (int i = 0; i < 100_002; i++)
            {
                Directory.CreateDirectory(Path.Combine(tree, $"{i}"));
            }

            error = await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.SaveTreeAsync(s_key, tree));
        }
        finally
        {
            Directory.Delete(tree, recursive: true);
        }

        Assert.Contains("'tree' has 100,003 directories", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_that_takes_more_to_describe_than_a_reader_takes_is_refused()
    {
        var tree = new TreeTotals(1_000_000, 1, 0, 0, 0, 1);
        EntryTrees.RefuseTooMany(Ceilings.TreeMessages, tree, tree, "tree");

        Fails.With(ErrorId.UnsupportedFile, () => EntryTrees.RefuseTooMany(Ceilings.TreeMessages + 1, tree, tree, "tree"));
    }

    [Fact]
    public void A_tree_that_holds_more_than_a_reader_takes_is_refused()
    {
        foreach (TreeTotals tree in (TreeTotals[])[
            new(Ceilings.TreeNodes, 1, 0, 0, 0, 1), new(1, 1, 0, Ceilings.TreeBytes + 1, 0, 1), new(1, 1, 0, 0, Ceilings.TreeCharacters + 1, 1), new(1, 1, 0, 0, 0, Ceilings.TreeDepth + 1)])
        {
            Fails.With(ErrorId.UnsupportedFile, () => EntryTrees.RefuseTooMany(1, tree, tree, "tree"));
        }
    }

    [Theory]
    [InlineData("a", "ln -s target \"$(printf 'a\\377')\"")]
    [InlineData("b", "touch \"$(printf 'a\\377')\"")]
    [InlineData("c", "touch \"$(printf 'a\\377')\" \"$(printf 'a\\357\\277\\275')\"")]
    [InlineData("d", "mkdir \"$(printf 'caf\\351')\"")]
    [InlineData("e", "ln -s \"$(printf 'a\\377')\" link")]
    public async Task A_name_that_is_not_utf8_is_refused(string name, string make)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other file systems have no such names.");
        string tree = _rig.Folder.Folder(name);
        Assert.Equal(0, Tool.Run("sh", ["-c", $"cd '{tree}' && {make}"])!.Value.ExitCode);

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.SaveTreeAsync(s_key, tree));

        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
        Tool.Run("rm", ["-r", tree]);
    }

    public void Dispose() => _rig.Dispose();
}
