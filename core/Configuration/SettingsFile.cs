using System.Text.Json;

namespace BuildCache.Configuration;

/// <summary>What one <c>buildcache.json</c> says; what it leaves out is <see langword="null"/>.</summary>
/// <param name="Project">The name of the project, shared by every checkout that gives the same one.</param>
/// <param name="Store">The store's URI or directory; of several, near to far, a list with <c>;</c> in between.</param>
/// <param name="Scope">The default scope.</param>
/// <param name="Mode">How builds use the cache.</param>
public sealed record SettingsFile(string? Project = null, string? Store = null, string? Scope = null, string? Mode = null)
{
    // Read by who needs them, and then with their lines.
    private static readonly string[] s_ofSources = ["sources", "aliases", "mirrors", "defaultMirror", "fetchFrom", "fetchOrder", "trackFrom", "trackOrder", "assetService", "trackBy", "push", "maxAge"];

    /// <summary>The names of all settings.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["$schema", "project", "store", "scope", "mode", .. TrustSettings.Names, .. s_ofSources];

    /// <summary>Reads a file; an absent one says nothing.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: it is not an object of known settings with text values.</exception>
    public static SettingsFile Read(string file)
    {
        if (!File.Exists(file))
        {
            return new SettingsFile();
        }

        try
        {
            // Read as text, which drops the byte order mark that editors on Windows like to write.
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var settings = new SettingsFile();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Invalid(file, "it is not a JSON object");
            }

            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                string Value() => property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() is { Length: > 0 } text
                    ? text
                    : throw Invalid(file, $"the value of '{property.Name}' is not a text");
                settings = property.Name switch
                {
                    "project" => settings with { Project = Value() },
                    "store" => settings with { Store = property.Value.ValueKind == JsonValueKind.Array ? ListOf(property.Value) ?? Value() : Value() },
                    "scope" => settings with { Scope = Value() },
                    "mode" => settings with { Mode = Value() },
                    "$schema" => settings,
                    _ when s_ofSources.Contains(property.Name) => settings,
                    _ when TrustSettings.Names.Contains(property.Name) => TrustSettings.IsOfUser(file) ? settings : throw Invalid(file, TrustSettings.Refusal(property.Name)),
                    _ => throw Invalid(file, $"'{property.Name}' is no setting; known are project, store, scope, mode, and those of sources"),
                };
            }

            return settings;
        }
        catch (JsonException error)
        {
            throw Invalid(file, $"it is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine})", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Invalid(file, error.Message, error);
        }
    }

    private static string? ListOf(JsonElement stores) =>
        stores.EnumerateArray().All(store => store.ValueKind == JsonValueKind.String && store.GetString() is { Length: > 0 }) && stores.GetArrayLength() > 0
            ? string.Join(';', stores.EnumerateArray().Select(store => store.GetString()))
            : null;

    private static BuildCacheException Invalid(string file, string why, Exception? cause = null) =>
        new(ErrorId.InvalidConfiguration, $"The settings in '{file}' cannot be used: {why}. Correct the file or remove it.", cause);
}
