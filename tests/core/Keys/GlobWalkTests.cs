using System.Diagnostics;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Keys;

/// <summary>Globs find each file once, whatever links there are, stop when they are told to, and say what they cannot do.</summary>
public sealed class GlobWalkTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Links_to_a_directory_above_are_not_entered_and_each_file_is_found_once()
    {
        _folder.File("src/deep/a.cs", "a");
        Directory.CreateSymbolicLink(_folder.PathOf("src/one"), ".");
        Directory.CreateSymbolicLink(_folder.PathOf("src/two"), _folder.PathOf("src"));
        // Two of them have two to the power of forty paths; the test must not wait for them.
        GlobMatch match = WithinSeconds(() => FileGlob.Match(_folder.Root, "src/**/*.cs"));
        Assert.Equal(["src/deep/a.cs"], match.Files);
        Assert.Equal(["src/one", "src/two"], match.Links);
    }

    [Fact]
    public void A_link_that_a_glob_starts_with_is_not_entered()
    {
        _folder.File("elsewhere/a.cs", "a");
        Directory.CreateSymbolicLink(_folder.PathOf("link"), "elsewhere");
        GlobMatch match = FileGlob.Match(_folder.Root, "link/*.cs");
        Assert.Empty(match.Files);
        Assert.Equal(["link"], match.Links);
    }

    [Fact]
    public void A_link_that_a_glob_does_not_lead_to_and_a_link_to_a_file_are_not_told_of()
    {
        _folder.File("src/a.cs", "a");
        _folder.Folder("other");
        Directory.CreateSymbolicLink(_folder.PathOf("other/link"), _folder.PathOf("src"));
        File.CreateSymbolicLink(_folder.PathOf("src/b.cs"), "a.cs");
        GlobMatch match = FileGlob.Match(_folder.Root, "src/**/*.cs");
        Assert.Equal(["src/a.cs", "src/b.cs"], match.Files);
        Assert.Empty(match.Links);
        Assert.Empty(match.Notices);
    }

    [Fact]
    public void What_BuildCache_put_there_for_a_while_is_not_found()
    {
        _folder.File("out/a", "a");
        _folder.File($"out/{StagingName.New()}-0/b", "b");
        _folder.File($"out/{StagingName.New()}", "c");
        Assert.Equal(["out/a"], FileGlob.Match(_folder.Root, "**").Files);
    }

    [Fact]
    public void A_walk_stops_when_it_is_told_to()
    {
        _folder.File("a.cs", "a");
        Assert.ThrowsAny<OperationCanceledException>(() => FileGlob.Match(_folder.Root, "**/*.cs", new CancellationToken(canceled: true)));
        Assert.ThrowsAny<OperationCanceledException>(() => new FingerprintBuilder(_folder.Root, new FileHasher()).AddGlob("*.none", new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_directory_that_cannot_be_listed_is_an_error_that_names_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The directories are made by sh.");
        // A path of more than 4,096 bytes cannot be opened by any user.
        string name = new('d', 200);
        Shell($"cd '{_folder.Root}' && mkdir src && for i in $(seq 25); do mkdir above && mv src above/{name} && mv above src || exit 1; done");
        try
        {
            Assert.Contains(name, Fails.With(ErrorId.InputNotFound, () => FileGlob.Match(_folder.Root, "src/**/*.cs")).Message, StringComparison.Ordinal);
        }
        finally
        {
            Shell($"rm -rf '{_folder.Root}'");
        }
    }

    [Theory]
    [InlineData("src/a?.cs", false)]
    [InlineData("src/[ab]*.cs", false)]
    [InlineData("{src,lib}/*.cs", false)]
    [InlineData("src/*.{cs,vb}", false)]
    [InlineData("src/}", false)]
    [InlineData("pages/[id]/*.cs", true)]
    [InlineData("pages/[id]/[other]/*.cs", false)]
    public void Characters_of_other_globs_are_refused_unless_a_directory_is_called_so(string pattern, bool isTaken)
    {
        _folder.File("pages/[id]/a.cs", "a");
        if (isTaken)
        {
            Assert.Single(FileGlob.Match(_folder.Root, FileGlob.Normalise(_folder.Root, pattern)).Files);
            return;
        }

        Assert.Contains("several globs", Fails.With(ErrorId.InvalidGlob, () => FileGlob.Normalise(_folder.Root, pattern)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fingerprint_tells_of_links_that_were_not_entered_and_of_globs_that_match_nothing()
    {
        _folder.File("src/a.cs", "a");
        _folder.Folder("elsewhere");
        Directory.CreateSymbolicLink(_folder.PathOf("src/vendor"), _folder.PathOf("elsewhere"));
        FingerprintBuilder builder = new FingerprintBuilder(_folder.Root, new FileHasher()).AddGlob("src/**/*.cs").AddGlob("elsewhere/*.cs");
        Assert.Equal([ErrorId.LinkNotEntered, ErrorId.EmptyGlob], builder.Notices.Select(notice => notice.Id));
        Assert.Contains("'src/vendor'", builder.Notices[0].Message, StringComparison.Ordinal);
        Assert.Contains("'elsewhere/*.cs'", builder.Notices[1].Message, StringComparison.Ordinal);
    }

    private static T WithinSeconds<T>(Func<T> work)
    {
        var task = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        long start = Stopwatch.GetTimestamp();
        Assert.True(task.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), $"Not done after {Stopwatch.GetElapsedTime(start)}.");
        return task.Result;
    }

    private static void Shell(string line) => Assert.Equal(0, Tool.Run("sh", ["-c", line])?.ExitCode);

    public void Dispose() => _folder.Dispose();
}
