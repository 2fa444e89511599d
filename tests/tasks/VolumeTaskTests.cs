using BuildCache.Volumes;

namespace BuildCache.MSBuild.Tests;

/// <summary>The tasks of volumes in real builds.</summary>
public class VolumeTaskTests
{
    [Fact]
    public void A_project_has_the_same_folder_in_every_build_and_a_locked_one_for_as_long_as_it_takes()
    {
        using TestSolution solution = new TestSolution().Write("seed/file", "seeded").Write("volumes.proj", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <Target Name="Build">
                <GetCacheVolume Parts="tool;1" Source="seed">
                  <Output TaskParameter="Path" PropertyName="Shared" />
                  <Output TaskParameter="Id" PropertyName="Id" />
                </GetCacheVolume>
                <GetCacheVolume Parent="$(Id)" Parts="below" Sharing="Private"><Output TaskParameter="Path" PropertyName="Private" /></GetCacheVolume>
                <GetCacheVolume Parts="locked" Sharing="Locked">
                  <Output TaskParameter="Path" PropertyName="Locked" />
                  <Output TaskParameter="Id" PropertyName="LockedId" />
                </GetCacheVolume>
                <InvokeCachedCommand Key="say" Command="echo works in $BUILDCACHE_VOLUME_1" Volumes="$(LockedId)" />
                <MountCacheVolume Parts="locked" Sharing="Locked" Path="place/locked"><Output TaskParameter="Mounted" PropertyName="Mounted" /></MountCacheVolume>
                <MountCacheVolume Parts="tool;1" Source="seed" Path="place/shared" />
                <MountCacheVolume Parts="tool;1" Source="seed" Path="seed" />
                <Exec Command="echo built >> place/locked/log" />
                <Message Importance="high" Text="shared '$(Shared)' private '$(Private)' locked '$(Locked)' mounted $(Mounted)" />
              </Target>
            </Project>
            """);
        BuildResult first = solution.Build("volumes.proj").Succeeded();
        BuildResult second = solution.Build("volumes.proj").Succeeded();

        var volumes = new CacheVolumes(Path.Combine(solution.Home, "volumes"));
        CacheVolume shared = volumes.List().Single(volume => volume.Sharing == VolumeSharing.Shared);
        CacheVolume locked = volumes.List().Single(volume => volume.Sharing == VolumeSharing.Locked);
        string said = $"shared '{shared.Path}' private '{Path.Combine(solution.Home, "volumes", "v")}";
        Assert.Contains(said, first.Output, StringComparison.Ordinal);
        Assert.Contains($"locked '{locked.Path}' mounted True", second.Output, StringComparison.Ordinal);
        Assert.Contains($"works in {locked.Path}", first.Output, StringComparison.Ordinal);
        Assert.Equal("seeded", File.ReadAllText(solution.PathOf("place/shared/file")));
        Assert.Contains(first.Diagnostics, line => line.Contains("warning BC1014", StringComparison.Ordinal));
        Assert.True(File.Exists(solution.PathOf("seed/file")));

        // Let go of at the end, and nothing was lost.
        Assert.Empty(locked.Holders);
        Assert.False(Path.Exists(solution.PathOf("place/locked")));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(locked.Path!, "log")).Length);
        Assert.Equal(["tool", "1", "below"], volumes.List().Single(volume => volume.Sharing == VolumeSharing.Private).Key.Parts);
    }
}
