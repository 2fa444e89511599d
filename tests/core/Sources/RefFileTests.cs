using BuildCache.Sources;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Sources;

public sealed class RefFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Only_the_ref_is_another_afterwards()
    {
        const string Before = "\ufeff{\r\n  // ours\r\n  \"project\": \"shop\",\r\n  \"sources\": {\r\n    \"zlib\": { \"kind\": \"git\", \"url\": \"github:madler/zlib\", \"ref\": \"old\", /* kept */ \"track\": \"main\" },\r\n    \"other\": { \"ref\": \"old\", \"kind\": \"file\", \"url\": \"x\", },\r\n  },\r\n}\r\n";
        string file = _folder.File("buildcache.json", Before);

        Assert.Equal(["zlib"], RefFile.Update(file, new Dictionary<string, string> { ["zlib"] = "new", ["other"] = "old" }));

        Assert.Equal(Before.Replace("\"ref\": \"old\", /*", "\"ref\": \"new\", /*", StringComparison.Ordinal), File.ReadAllText(file).Insert(0, "\ufeff"));
        Assert.Equal(0xEF, File.ReadAllBytes(file)[0]);
    }

    [Theory]
    [InlineData("{\"sources\":{\"a\":{\"kind\":\"git\",\"url\":\"u\"}}}", "{\"sources\":{\"a\":{\"kind\":\"git\",\"url\":\"u\", \"ref\": \"r\"}}}")]
    [InlineData("{\"sources\":{\"a\":{\n\t\"kind\":\"git\",\n\t\"url\":\"u\"\n}}}", "{\"sources\":{\"a\":{\n\t\"kind\":\"git\",\n\t\"url\":\"u\",\n\t\"ref\": \"r\"\n}}}")]
    [InlineData("{\"sources\":{\"a\":{\r\n  \"kind\":\"git\",\r\n  \"url\":\"u\", // where\r\n}}}", "{\"sources\":{\"a\":{\r\n  \"kind\":\"git\",\r\n  \"url\":\"u\",\r\n  \"ref\": \"r\", // where\r\n}}}")]
    public void A_ref_that_was_not_there_follows_the_last_setting(string before, string after)
    {
        string file = _folder.File("buildcache.json", before);

        RefFile.Update(file, new Dictionary<string, string> { ["a"] = "r" });

        Assert.Equal(after, File.ReadAllText(file));
        Assert.Equal("r", SourcesFile.Read(file, isUser: false).Sources.Single().Ref);
    }

    [Fact]
    public void A_file_whose_refs_are_the_same_is_not_written()
    {
        string file = _folder.File("buildcache.json", """{"sources":{"a":{"kind":"git","url":"u","ref":"r"}}}""");
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Empty(RefFile.Update(file, new Dictionary<string, string> { ["a"] = "r" }));

        Assert.Equal(2020, File.GetLastWriteTimeUtc(file).Year);
    }

    [Fact]
    public void A_source_that_the_file_does_not_have_is_named() =>
        Assert.Contains("'b'", Fails.With(ErrorId.SourceNotDeclared,
            () => RefFile.Update(_folder.File("buildcache.json", """{"sources":{"a":{"kind":"git","url":"u"}}}"""), new Dictionary<string, string> { ["b"] = "r" })).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
