using BuildCache.Content.Wire;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.RemoteExecution;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.Stores.RemoteExecution;

/// <summary>What an entry is to a server, pinned: another action would make all entries there unreachable.</summary>
public sealed class EntryActionTests
{
    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Parse("global"), ["a"]);

    // Computed by another program from docs/store-layout-reapi.md.
    [Fact]
    public void The_action_of_a_key_stays_as_it_is()
    {
        var action = EntryAction.Of(s_key);

        Assert.Equal("afab46f1a113b78264c3f128732af33e2aa27a145913c8401753b64d5ba30b9f/159", action.Digest.ToString());
        Assert.Equal(
            ["74fd9e63907dfaf19ac5fbee361bf68623c5a9e72c7db17003f25ccd2a536b34/57", action.Digest.ToString()],
            action.Blobs.Select(blob => Digest.Of(blob).ToString()));
    }

    [Fact]
    public void A_result_names_what_the_server_is_to_keep_with_it()
    {
        Digest file = Digest.Of("file"u8), tree = Digest.Of("tree"u8), inside = Digest.Of("inside"u8), output = Digest.Of("output"u8);
        var content = new EntryContent([new ContentFile("bin/tool", file, true)], [new ContentTree("obj", tree)], [file, tree, inside, output]) { Others = [output] };

        ActionResult result = EntryAction.Encode([1, 2, 3], content);

        Assert.Equal(["bin/tool", $".buildcache/{output.Hash}"], result.OutputFiles.Select(item => item.Path));
        Assert.True(result.OutputFiles[0].IsExecutable);
        Assert.Equal(tree.Hash, Assert.Single(result.OutputDirectories).TreeDigest.Hash);
        Assert.Equal(Digest.Of([1, 2, 3]).Hash, result.StdoutDigest.Hash);
        Assert.Equal(0, result.ExitCode);
        Assert.NotEqual(0, EntryAction.Removed.ExitCode);
    }
}
