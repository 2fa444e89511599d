using System.Text.Json;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>What one <c>buildcache.json</c> says; what it leaves out is <see langword="null"/>.</summary>
/// <param name="Project">The name of the project, shared by every checkout that gives the same one.</param>
/// <param name="Store">The store's URI or directory; of several, near to far, a list with <c>;</c> in between.</param>
/// <param name="Scope">The default scope.</param>
/// <param name="Mode">How builds use the cache.</param>
public sealed record SettingsFile(string? Project = null, string? Store = null, string? Scope = null, string? Mode = null)
{
    // Read by who needs them.
    private static readonly string[] s_ofOthers = ["sources", "aliases", "mirrors", "defaultMirror", "fetchFrom", "fetchOrder", "trackFrom", "trackOrder", "trackBy", "push", "maxAge"];

    /// <summary>The names of all settings.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["$schema", "project", "store", "scope", "mode", "assetService", "trustedHosts", .. TrustSettings.Names, .. s_ofOthers];

    /// <summary>The asset service, a store URI that begins with <c>grpc:</c> or <c>grpcs:</c>.</summary>
    public string? AssetService { get; private init; }

    /// <summary>The hosts that credentials may go to although only a checkout names them.</summary>
    public TrustedHosts TrustedHosts { get; private init; } = TrustedHosts.None;

    /// <summary>What the file says and may not.</summary>
    public IReadOnlyList<Setting> Refused { get; private init; } = [];

    /// <summary>Reads a file; an absent one says nothing.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="source">Whose it is.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: it is not an object of known settings, each with a value of its kind.</exception>
    public static SettingsFile Read(string file, SettingSource source)
    {
        if (ReadJson(file) is not { } root)
        {
            return new SettingsFile();
        }

        var settings = new SettingsFile();
        List<Setting> refused = [];
        foreach ((string name, PlacedJson value) in root.Members)
        {
            if (source == SettingSource.Checkout && CheckoutRule.WhyRefused(name, UserDirectories.SettingsFile) is { } why)
            {
                refused.Add(new Setting(name, value.Text ?? "…", source, $"'{name}' in {value.Place}") { Refused = why });
                continue;
            }

            settings = name switch
            {
                "project" => settings with { Project = Text(name, value) },
                "store" => settings with { Store = value.Type == JsonTokenType.StartArray && value.Elements.Count > 0 ? string.Join(';', value.Elements.Select(element => Text(name, element))) : Text(name, value) },
                "scope" => settings with { Scope = Text(name, value) },
                "mode" => settings with { Mode = Text(name, value) },
                "assetService" => settings with { AssetService = Text(name, value) },
                "trustedHosts" => settings with { TrustedHosts = Hosts(name, value) },
                "$schema" => settings,
                _ when s_ofOthers.Contains(name) || TrustSettings.Names.Contains(name) => settings,
                _ => throw value.Invalid($"'{name}' is no setting; known are {string.Join(", ", Names.Skip(1))}. Correct the file or remove it."),
            };
        }

        if (source == SettingSource.Checkout)
        {
            settings = settings with { Store = Accepted("store", settings.Store), AssetService = Accepted("assetService", settings.AssetService) };
        }

        return refused.Count == 0 ? settings : settings with { Refused = refused };

        string? Accepted(string name, string? stores)
        {
            string? why = stores?.Split(';').Select(store => CheckoutRule.WhyStoreRefused(store.Trim(), UserDirectories.SettingsFile)).FirstOrDefault(found => found is not null);
            if (why is null)
            {
                return stores;
            }

            refused.Add(new Setting(name, WithoutOptions(stores!), source, $"'{name}' in {root.Member(name)!.Place}") { Refused = why });
            return null;
        }
    }

    /// <summary>Reads a file as JSON; <see langword="null"/> for an absent one.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: it cannot be read, or is no JSON object.</exception>
    internal static PlacedJson? ReadJson(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        byte[] bytes;
        try
        {
            bytes = RegularFile.TryRead(file, Ceilings.SettingsFile)
                ?? throw new BuildCacheException(ErrorId.InvalidConfiguration, $"The settings in '{file}' cannot be used: it is no file of at most {Ceilings.SettingsFile:N0} bytes. Correct the file or remove it.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InvalidConfiguration, $"The settings in '{file}' cannot be used: {error.Message} Correct the file or remove it.", error);
        }

        PlacedJson root = PlacedJson.Parse(file, bytes);
        return root.Type == JsonTokenType.StartObject ? root : throw root.Invalid("The settings are not a JSON object. Correct the file or remove it.");
    }

    /// <summary>Stores of a setting without their options, for people.</summary>
    internal static string WithoutOptions(string stores) => string.Join("; ", stores.Split(';').Select(store => store.Split('?')[0].Trim()));

    private static string Text(string name, PlacedJson value) => value is { Type: JsonTokenType.String, Text.Length: > 0 } ? value.Text
        : throw value.Invalid($"The value of '{name}' is not a text. Correct the file or remove it.");

    private static TrustedHosts Hosts(string name, PlacedJson value)
    {
        if (value.Type != JsonTokenType.StartArray)
        {
            throw value.Invalid($"The value of '{name}' is not a JSON array.");
        }

        return TrustedHosts.Parse(value.Elements.Select(element => Text(name, element)), out string? invalid)
            ?? throw value.Invalid($"'{invalid}' is no host. Write 'cache.example.org', with ':' and its port if that is not 443, or '*.example.org'.");
    }
}
