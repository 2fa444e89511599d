using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Keys;

public sealed class FingerprintBuilderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private FingerprintBuilder Builder => new(_folder.Root, new FileHasher());

    [Fact]
    public void A_file_is_named_by_its_path_in_the_workspace_and_digested_by_content()
    {
        string path = _folder.File("src/A.cs", "class A;\n");

        Fingerprint expected = Fingerprint.Create([new("file", "src/A.cs", Digest.Of("class A;\n"u8))]);
        Assert.Equal(expected.Digest, Builder.AddFile(path).Build().Digest);
        Assert.Equal(expected.Digest, Builder.AddFile("src/A.cs").Build().Digest);
        Assert.Equal(expected.Digest, Builder.AddFile("src/../src/./A.cs").AddFile(path).Build().Digest);
    }

    [Fact]
    public void Two_checkouts_of_the_same_files_have_one_fingerprint()
    {
        _folder.File("one/src/A.cs", "a");
        _folder.File("two/src/A.cs", "a");

        Fingerprint one = new FingerprintBuilder(_folder.PathOf("one"), new FileHasher()).AddGlob("src/**/*.cs").Build();
        Fingerprint two = new FingerprintBuilder(_folder.PathOf("two"), new FileHasher()).AddGlob("src/**/*.cs").Build();

        Assert.Equal(one.Digest, two.Digest);
    }

    [Fact]
    public void A_glob_takes_what_it_matches_and_notices_a_file_more()
    {
        _folder.File("src/A.cs");
        _folder.File("src/deep/B.cs");
        _folder.File("src/readme.md");
        Fingerprint before = Builder.AddGlob("src/**/*.cs").Build();
        Assert.Equal(["src/A.cs", "src/deep/B.cs"], before.Inputs.Where(input => input.Kind == "file").Select(input => input.Name));

        _folder.File("src/deep/C.cs");

        Assert.Equal(["file src/deep/C.cs added"], Builder.AddGlob("src/**/*.cs").Build().DifferencesFrom(before).Select(difference => difference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("/etc/*")]
    [InlineData("../*")]
    [InlineData("src/../../*")]
    [InlineData("!src/*")]
    [InlineData("a\0b")]
    public void A_glob_that_is_empty_absolute_or_leaves_the_workspace_is_refused(string pattern) =>
        Fails.With(ErrorId.InvalidGlob, () => Builder.AddGlob(pattern));

    [Fact]
    public void A_file_outside_of_the_workspace_is_refused() =>
        Fails.With(ErrorId.PathOutsideWorkspace, () => Builder.AddFile("../other.txt"));

    [Fact]
    public void A_file_that_is_not_there_is_an_input_not_found() =>
        Fails.With(ErrorId.InputNotFound, () => Builder.AddFile("missing.txt"));

    [Fact]
    public void A_directory_is_no_file() =>
        Fails.With(ErrorId.InputNotFound, () => Builder.AddFile(Path.GetRelativePath(_folder.Root, _folder.Folder("sub"))));

    [Fact]
    public void Two_values_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => Builder.AddValue("Configuration", "Debug").AddValue("Configuration", "Release"));

    public void Dispose() => _folder.Dispose();
}
