using BuildCache.Sources;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Sources;

public sealed class SourcesFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Everything_is_read_with_its_line()
    {
        SourcesFile file = Read("""
            {
              "aliases": { "github": "https://github.com/" }, // more to come
              "mirrors": [ { "name": "eu", "aliases": { "github": ["https://eu/", "https://eu2/"] } } ],
              "defaultMirror": "eu", "fetchFrom": "mirrors", "trackFrom": "All",
              "assetService": "grpc://localhost:1", "trackBy": "AssetThenNative", "push": true, "maxAge": "1.00:00:00",
              "sources": {
                "zlib": {
                  "kind": "git", "url": "github:madler/zlib", "track": "main", "submodules": true },
              },
            }
            """);

        SourceDeclaration zlib = Assert.Single(file.Sources);
        Assert.Equal(("zlib", "git", "github:madler/zlib", "main", null), (zlib.Name, zlib.Kind, zlib.Url, zlib.Track, zlib.Ref));
        Assert.Equal("true", zlib.Options["submodules"]);
        Assert.EndsWith("buildcache.json(7)", zlib.Place, StringComparison.Ordinal);
        Assert.Equal(["https://eu/", "https://eu2/"], Assert.Single(file.Mirrors).Prefixes["github"]);
        Assert.Equal((PlacePolicy.Mirrors, PlacePolicy.All, TrackPolicy.AssetThenNative, true, TimeSpan.FromDays(1)),
            (file.FetchFrom, file.TrackFrom, file.TrackBy, file.Push, file.MaximumAge));
    }

    [Theory]
    [InlineData("""{"sources":[]}""", 1)]
    [InlineData("{\n\"sources\":{\"a\":\n{\"kind\":\"git\"}}}", 3)]
    [InlineData("{\n\"sources\":{\"a\":{\"kind\":\"git\",\"url\":\n7}}}", 3)]
    [InlineData("{\n\"sources\":{\"a\":{\"kind\":\"git\",\"url\":\"u\",\"deep\":{}}}}", 2)]
    [InlineData("{\n\"sources\":{\"a\":{\"kind\":\"git\",\"url\":\"u\"},\n\"a\":{}}}", 3)]
    [InlineData("{\n\n\"trackBy\":\"banana\"}", 3)]
    [InlineData("{\n\"maxAge\":\"banana\"}", 2)]
    [InlineData("{\n\"aliases\":{\"file\":\"x\"}}", 2)]
    [InlineData("{\n\"aliases\":{\"C\":\"x\"}}", 2)]
    [InlineData("{\n\"mirrors\":[{\"aliases\":{}}]}", 2)]
    [InlineData("{\n\"mirrors\":[{\"name\":\"x\",\"alias\":{}}]}", 2)]
    [InlineData("{\n\"push\":\"yes\"}", 2)]
    [InlineData("{\n\"fetchOrder\":\"eu\"}", 2)]
    [InlineData("{\n\"trackOrder\":[\n7]}", 3)]
    [InlineData("{\n\"mirrors\":[{\"name\":\"origin\",\"aliases\":{}}]}", 2)]
    [InlineData("{\n\"push\":", 2)]
    public void What_is_wrong_is_named_with_its_line(string json, int line) =>
        Assert.Contains($"buildcache.json({line})", Fails.With(ErrorId.InvalidConfiguration, () => Read(json)).Message, StringComparison.Ordinal);

    private SourcesFile Read(string json) => SourcesFile.Read(_folder.File("buildcache.json", json), isUser: false);

    public void Dispose() => _folder.Dispose();
}
