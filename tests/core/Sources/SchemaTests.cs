using System.Text.Json;
using BuildCache.Configuration;
using BuildCache.Sources;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Sources;

/// <summary>The JSON schema of <c>buildcache.json</c> and the code that reads it know the same names.</summary>
public sealed class SchemaTests : IDisposable
{
    private static readonly JsonElement s_schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "buildcache.schema.json"))).RootElement;
    private readonly TempFolder _folder = new();

    [Fact]
    public void Every_setting_is_in_it_and_no_other()
    {
        Assert.Equal(SettingsFile.Names.Order(StringComparer.Ordinal), Names(s_schema).Order(StringComparer.Ordinal));
        // Each is read by somebody, who refuses what it cannot be.
        foreach (string name in Names(s_schema).Where(name => name != "$schema"))
        {
            string file = _folder.File("buildcache.json", $$"""{ "{{name}}": 7 }""");
            Fails.With(ErrorId.InvalidConfiguration, () =>
            {
                SettingsFile.Read(file, SettingSource.User);
                SourcesFile.Read(file, isUser: false);
                TrustSettings.Read(file, _ => null);
            });
        }
    }

    [Fact]
    public void Every_option_of_every_kind_is_in_it_and_no_other()
    {
        JsonElement source = s_schema.GetProperty("$defs").GetProperty("source");
        SortedSet<string> known = new(StringComparer.Ordinal) { "kind", "url" };
        foreach (string kind in Values(source.GetProperty("properties").GetProperty("kind")))
        {
            var odd = new SourceDeclaration("odd", kind, "https://example.org/x") { Track = "main", Options = new Dictionary<string, string> { ["zzz"] = "1" } };
            string message = Fails.With(ErrorId.InvalidSource, () => SourceKinds.Of(odd)).Message;
            known.UnionWith(message.Split("known are ")[1].TrimEnd('.').Split(", "));
        }

        Assert.Equal(known, Names(source).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_choice_is_in_it_and_no_other()
    {
        JsonElement settings = s_schema.GetProperty("properties");
        Assert.Equal(Enum.GetNames<CacheMode>(), Values(settings.GetProperty("mode")));
        Assert.Equal(Enum.GetNames<TrackPolicy>(), Values(settings.GetProperty("trackBy")));
        Assert.Equal(Enum.GetNames<PlacePolicy>(), Values(s_schema.GetProperty("$defs").GetProperty("places")));
    }

    private static IEnumerable<string> Names(JsonElement schema) => schema.GetProperty("properties").EnumerateObject().Select(property => property.Name);

    private static IEnumerable<string> Values(JsonElement schema) => schema.GetProperty("enum").EnumerateArray().Select(value => value.GetString()!);

    public void Dispose() => _folder.Dispose();
}
