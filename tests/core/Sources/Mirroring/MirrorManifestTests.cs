using System.Text;
using BuildCache.Content;
using BuildCache.Sources.Mirroring;

namespace BuildCache.Tests.Sources.Mirroring;

/// <summary>What a bucket names and git would obey is not taken, however it is written.</summary>
public sealed class MirrorManifestTests
{
    [Theory]
    [InlineData("a.git/config")]
    [InlineData("a.git/CONFIG")]
    [InlineData("a.git/Config.Worktree")]
    [InlineData("a.git/objects/info/Alternates")]
    [InlineData("a.git/hooks/reference-transaction")]
    [InlineData("a.git/HOOKS/post-update")]
    [InlineData("a.git/hooks/update.EXE")]
    [InlineData(".BUILDCACHE/lock")]
    public void A_file_that_git_would_obey_is_passed_over(string path) => Assert.DoesNotContain(path, Parse(path).Files.Keys);

    [Theory]
    [InlineData("a.git/info/refs")]
    [InlineData("a.git/objects/pack/pack-1.pack")]
    [InlineData("github.com/x/hooks/v1.zip")]
    public void Other_files_are_taken(string path) => Assert.Contains(path, Parse(path).Files.Keys);

    private static MirrorManifest Parse(string path) => MirrorManifest.Parse("a bucket", Encoding.UTF8.GetBytes($"buildcache-mirror 1\n{Digest.Empty.Hash} 0 {path}\n\n"));
}
