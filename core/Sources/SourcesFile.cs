using System.Globalization;
using System.Text.Json;
using BuildCache.Configuration;

namespace BuildCache.Sources;

/// <summary>What one <c>buildcache.json</c> says of sources; what it leaves out is <see langword="null"/> or empty.</summary>
internal sealed record SourcesFile
{
    private static readonly string[] s_ofSource = ["kind", "url", "track", "ref"];

    public IReadOnlyList<SourceDeclaration> Sources { get; private set; } = [];

    public IReadOnlyDictionary<string, string> Aliases { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyList<SourceMirror> Mirrors { get; private set; } = [];

    public string? DefaultMirror { get; private set; }

    /// <summary>Names of mirrors, which may be declared in another file.</summary>
    public PlacedJson? FetchOrder { get; private set; }

    public PlacedJson? TrackOrder { get; private set; }

    public PlacePolicy? FetchFrom { get; private set; }

    public PlacePolicy? TrackFrom { get; private set; }

    public TrackPolicy? TrackBy { get; private set; }

    public bool? Push { get; private set; }

    public TimeSpan? MaximumAge { get; private set; }

    /// <summary>Reads a file; an absent one says nothing.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="isUser">Whether it is the user's own and not the project's.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>, with the line.</exception>
    public static SourcesFile Read(string file, bool isUser)
    {
        if (SettingsFile.ReadJson(file) is not { } root)
        {
            return new SourcesFile();
        }

        var read = new SourcesFile();
        foreach ((string name, PlacedJson value) in root.Members)
        {
            switch (name)
            {
                case "sources": read.Sources = [.. Object(value, "sources").Select(member => Source(member.Name, member.Value))]; break;
                case "aliases": read.Aliases = Object(value, "aliases").ToDictionary(member => AliasName(member.Name, member.Value), member => member.Value.AsText(member.Name), StringComparer.Ordinal); break;
                case "mirrors": read.Mirrors = [.. Array(value, "mirrors").Select(mirror => Mirror(mirror, isUser))]; break;
                case "defaultMirror": read.DefaultMirror = value.AsText(name); break;
                case "fetchOrder": read.FetchOrder = Texts(value, name); break;
                case "trackOrder": read.TrackOrder = Texts(value, name); break;
                case "fetchFrom": read.FetchFrom = OneOf<PlacePolicy>(value, name); break;
                case "trackFrom": read.TrackFrom = OneOf<PlacePolicy>(value, name); break;
                case "trackBy": read.TrackBy = OneOf<TrackPolicy>(value, name); break;
                case "push": read.Push = Flag(value, name); break;
                case "maxAge": read.MaximumAge = Duration(value, name); break;
                default: break;
            }
        }

        return read;
    }

    private static SourceDeclaration Source(string name, PlacedJson json)
    {
        List<(string Name, PlacedJson Value)> members = Object(json, name);
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string option, PlacedJson value) in members.Where(member => !s_ofSource.Contains(member.Name)))
        {
            options[option] = value.Type is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False ? value.Text!
                : throw value.Invalid($"'{option}' of the source '{name}' must be a text, a number, true or false.");
        }

        string Needed(string member) => json.Member(member) is { } value ? value.AsText(member)
            : throw json.Invalid($"The source '{name}' has no '{member}'. A source needs a 'kind' and a 'url'.");
        return new SourceDeclaration(name, Needed("kind"), Needed("url"))
        {
            Track = json.Member("track") is { } track ? track.AsText("track") : null,
            Ref = json.Member("ref") is { } given ? given.AsText("ref") : null,
            Options = options,
            Place = json.Place,
        };
    }

    private static SourceMirror Mirror(PlacedJson json, bool isUser)
    {
        Object(json, "an element of 'mirrors'");
        string name = json.Member("name") is { } given ? given.AsText("name") : throw json.Invalid("This mirror has no 'name'.");
        if (name == PlaceOrder.Origin)
        {
            throw json.Invalid($"No mirror can be called '{name}'; that stands for the origin itself.");
        }

        PlacedJson aliases = json.Member("aliases") ?? throw json.Invalid($"The mirror '{name}' has no 'aliases'. Give for each alias that it mirrors the addresses to use instead.");
        if (json.Members.Find(member => member.Name is not ("name" or "aliases")) is ({ } unknown, var place))
        {
            throw place.Invalid($"'{unknown}' is no setting of a mirror; known are name and aliases.");
        }

        return new SourceMirror(name, Object(aliases, "aliases").ToDictionary(
            member => AliasName(member.Name, member.Value),
            member => (IReadOnlyList<string>)(member.Value.Type == JsonTokenType.StartArray
                ? [.. member.Value.Elements.Select(element => element.AsText(member.Name))]
                : [member.Value.AsText(member.Name)]),
            StringComparer.Ordinal), isUser);
    }

    private static PlacedJson Texts(PlacedJson value, string name)
    {
        Array(value, name).ForEach(element => element.AsText(name));
        return value;
    }

    private static string AliasName(string name, PlacedJson place) => SourceAliases.Split(name + ":").Alias == name ? name
        : throw place.Invalid($"'{name}' cannot be an alias. Use two or more letters, digits, '-' or '_', and not 'file'.");

    private static bool Flag(PlacedJson value, string name) => value.Type is JsonTokenType.True or JsonTokenType.False ? value.Type == JsonTokenType.True
        : throw value.Invalid($"The value of '{name}' is neither true nor false.");

    private static TimeSpan Duration(PlacedJson value, string name) =>
        TimeSpan.TryParse(value.AsText(name), CultureInfo.InvariantCulture, out TimeSpan duration) && duration > TimeSpan.Zero ? duration
            : throw value.Invalid($"'{value.Text}' is no age. Write days.hours:minutes:seconds, as in '1.00:00:00' for a day or '00:10:00' for ten minutes.");

    private static T OneOf<T>(PlacedJson value, string name)
        where T : struct, Enum
    {
        string text = value.AsText(name);
        foreach (T candidate in Enum.GetValues<T>())
        {
            if (text.Equals(candidate.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return candidate;
            }
        }

        throw value.Invalid($"'{text}' is none of {string.Join(", ", Enum.GetNames<T>())}.");
    }

    private static List<(string Name, PlacedJson Value)> Object(PlacedJson value, string name) => value.Type == JsonTokenType.StartObject ? value.Members
        : throw value.Invalid($"The value of '{name}' is not a JSON object.");

    private static List<PlacedJson> Array(PlacedJson value, string name) => value.Type == JsonTokenType.StartArray ? value.Elements
        : throw value.Invalid($"The value of '{name}' is not a JSON array.");
}
