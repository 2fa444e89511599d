using System.Globalization;
using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.MSBuild.Recording;
using BuildCache.Stores.File;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>What a store says that a compiler said is printed as text, whoever wrote it there.</summary>
public sealed class HostileMessageTests : IDisposable
{
    private const string Project = "Lib/Lib.csproj";
    private readonly TestSolution _solution = new();

    public static TheoryData<string> Malformed { get; } =
        ["", "1", "{}", "[1]", "[[]]", "[[true,7,0,0,0,0,null,null,null,null,null,null,null]]", "[[true,1,0,0,0,0,null,null,null,\"x\",null,null,null,1]]", "[[true,1,0,0,0,0,null,null,null,\"x\",null,null,null]", "[]x"];

    public void Dispose() => _solution.Dispose();

    [Fact]
    public void A_hit_says_what_the_compiler_said_without_commands_and_escapes()
    {
        _solution.AddLibrary(source: """
            #warning ##vso[task.prependpath]/evil
            #warning ::add-path::/evil
            #line 1 "a@[2Jb.cs"
            #warning plain
            #line 1 "::add-path ::/evil"
            #warning x::/evil
            public class C;
            """.Replace('@', '\u001b'));
        _solution.Restore(Project);
        BuildResult miss = _solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        _solution.Wipe();
        BuildResult hit = _solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);

        Assert.Contains(miss.Diagnostics, line => line.Contains("##vso[", StringComparison.Ordinal));
        Assert.Contains(miss.Diagnostics, line => line.Contains("'::add-path::/evil'", StringComparison.Ordinal));
        Assert.Equal(miss.Diagnostics.Select(PrintableText.Lines), hit.Diagnostics);
        AssertInert(hit.Output);
    }

    [Fact]
    public async Task A_recording_of_an_attacker_prints_no_command_and_no_escape()
    {
        _solution.AddLibrary();
        _solution.Restore(Project);
        _solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        CompilerMessage warning = new(true, MessageImportance.Normal, null, "CS1", null, 0, 0, 0, 0, "said again", null, null, "Csc");
        CompilerMessage message = warning with { IsWarning = false, Importance = MessageImportance.High, Code = null };
        await ReplaceOutputAsync(CompilerOutput.Encode(
        [
            warning with { Text = "said again\n::add-path::/evil\r\n##vso[task.prependpath]/evil" },
            message with { Text = "said again\n ::add-path::/evil\n##vso[task.prependpath]/evil\n##[add-path]/evil\n##teamcity[x]" },
            message with { Text = "::add-path::/evil said again\n\u200B::add-path::/evil\n:\u00AD:add-path::/evil" },
            message with { Text = "said again\u001b]0;title\u0007\u001b[2J\u009b2J\b" },
            message with { Text = "said again\r::add-path::/evil\u2028::add-path::/evil\u0085::add-path::/evil" },
            // Broken only where the build puts the parts together.
            message with { File = "::add-path ", Text = "said again::/evil" },
            warning with { File = "\u200B ::add-path x", Text = "said again::/evil" },
            warning with { File = "::add-path ", Line = 1, Column = 1, Code = "::", Text = "said again" },
            warning with { File = "{workspace}/a\n::add-path::/evil", Subcategory = "x\n::add-path::/evil", Code = "C\r\n::add-path::/evil", HelpLink = "\u001b]8;;\n::add-path::/evil", Sender = "\n::add-path::/evil" },
            warning with { File = "", Subcategory = "::add-path::/evil", Code = "##vso[task.prependpath]" },
            message with { File = "", Text = "::add-path::/evil said again" },
            message with { Text = null },
            warning with { Text = null, Line = -1, Column = int.MinValue, EndLine = int.MaxValue, File = "x" },
        ]));

        _solution.Wipe();
        BuildResult hit = _solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);

        // Warnings stand in the summary once more.
        Assert.True(hit.Output.Split("said again").Length > 11, hit.Output);
        AssertInert(hit.Output);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_recording_that_is_none_is_refused(string recording) =>
        Assert.Equal(ErrorId.BlobCorrupt, Assert.Throws<BuildCacheException>(() => CompilerOutput.Decode(Encoding.UTF8.GetBytes(recording))).Id);

    [Fact]
    public async Task A_recording_that_is_none_is_a_miss_and_is_made_again()
    {
        _solution.AddLibrary();
        _solution.Restore(Project);
        BuildResult control = _solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        await ReplaceOutputAsync("[[true,7,0,0,0,0,null,null,null,null,null,null,null]]"u8.ToArray());
        foreach (int hits in (int[])[0, 1])
        {
            _solution.Wipe();
            BuildResult build = _solution.Build(Project).Succeeded().Counts(hits, misses: 1 - hits);
            Assert.Equal(control.Diagnostics, build.Diagnostics);
        }
    }

    // As whoever may write to the store does it: all digests are good.
    private async Task ReplaceOutputAsync(byte[] output)
    {
        var catalog = new EntryCatalog(new FileStore(_solution.Store));
        CacheEntry entry = Assert.Single(await catalog.ListAsync(cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        string folder = Directory.CreateDirectory(Path.Combine(_solution.Home, "taken")).FullName;
        await catalog.RestoreAsync(entry, folder, cancellationToken: TestContext.Current.CancellationToken);
        var details = new EntryDetails(entry.Creator, entry.WorkDuration, await catalog.ReadFingerprintAsync(entry, TestContext.Current.CancellationToken), output) { Keeps = KeptProperties.None };
        SaveResult saved = await catalog.SaveAsync(
            entry.Key, [.. entry.Paths.Select(path => new PathToSave(path.Path, Path.Combine(folder, path.Path)))], details, replace: true, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(saved.Saved);
    }

    // As a runner of GitHub reads a line, passing over characters that have no weight; and nothing that Azure Pipelines, TeamCity and terminals act on.
    private static void AssertInert(string output) => Assert.All(output.Split('\n'), line =>
    {
        string read = string.Concat(line.TrimEnd('\r').Where(c => c == '\t' || CharUnicodeInfo.GetUnicodeCategory(c) is not UnicodeCategory.Format));
        Assert.DoesNotContain(read, c => char.IsControl(c) && c != '\t');
        Assert.DoesNotContain(read, c => c is '\u2028' or '\u2029');
        Assert.DoesNotMatch(@"##\w*\[", read);
        Assert.DoesNotMatch(@"^\s*::\s*[\w-]+( .*)?::", read);
    });
}
