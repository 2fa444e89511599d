using BuildCache.Keys;
using BuildCache.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace BuildCache.Tests.Keys;

/// <summary>Globs find what the package that defines them finds by itself.</summary>
public sealed class FileGlobTests : IDisposable
{
    private static readonly string[] s_names = ["a", "b.cs", "A.cs", ".hidden", "c d", "ü.cs", "b.cs.txt"];
    private static readonly string[] s_segments = ["*", "**", "*.cs", "**.cs", "a", "a*", "*a*", "b.cs", "?", ".", ".*", "c d", "*.*", "x"];

    private readonly TempFolder _folder = new();

    public FileGlobTests()
    {
        foreach (string top in s_names)
        {
            foreach (string middle in s_names)
            {
                _folder.File($"{top}-d/{middle}", "");
                _folder.File($"a/{top}-d/{middle}", "");
            }

            _folder.File(top == "a" ? "plain" : top, "");
        }

        _folder.Folder("empty/below");
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(_folder.PathOf("link.cs"), _folder.PathOf("b.cs"));
            File.CreateSymbolicLink(_folder.PathOf("broken.cs"), _folder.PathOf("none"));
        }
    }

    [Fact]
    public void Any_pattern_matches_the_same_files()
    {
        Gen<string> patterns =
            from segments in Gen.Elements(s_segments).NonEmptyListOf()
            from end in Gen.Elements("", "/", "/")
            from start in Gen.Elements("", "", "./", "a/", "a-d/")
            select start + string.Join('/', segments.Take(4)) + end;

        Arbitrary.ForAll(patterns, pattern => FileGlob.Match(_folder.Root, pattern).Files.SequenceEqual(Reference(pattern)), times: 500);
    }

    [Fact]
    public void A_root_that_is_not_there_has_no_matches() => Assert.Empty(FileGlob.Match(_folder.PathOf("none"), "**").Files);

    private IEnumerable<string> Reference(string pattern)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddInclude(pattern);
        return matcher.Execute(new DirectoryInfoWrapper(new DirectoryInfo(_folder.Root))).Files.Select(match => match.Path).Order(StringComparer.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
