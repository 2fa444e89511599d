using System.Text;
using System.Text.Json;
using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>Whose entries count and what is signed with: from the user's own settings and the environment, and from nowhere else.</summary>
/// <remarks>The environment adds to the settings, so that it cannot make less required. The format is described in <c>docs/signing.md</c>.</remarks>
public static class TrustSettings
{
    /// <summary>The environment variable with the same JSON as the member <c>trust</c> of the user's settings.</summary>
    public const string TrustVariable = "BUILDCACHE_TRUST";

    /// <summary>The environment variable with the signing key, or where that is.</summary>
    public const string SigningKeyVariable = "BUILDCACHE_SIGNING_KEY";

    private const string Trust = "trust";
    private const string SigningKey = "signingKey";

    /// <summary>The names of the settings, which only the user's file may have: <see cref="CheckoutRule"/>.</summary>
    internal static IReadOnlyList<string> Names { get; } = [Trust, SigningKey];

    /// <summary>Reads what is in force.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/> or <see cref="ErrorId.InvalidSigningKey"/>.</exception>
    public static SignaturePolicy InForce() => Read(UserDirectories.SettingsFile, Environment.GetEnvironmentVariable);

    /// <summary>The settings with who set them. Of a key in a variable it says only that there is one.</summary>
    /// <exception cref="BuildCacheException">As <see cref="InForce"/>.</exception>
    public static IReadOnlyList<Setting> List()
    {
        string policy = InForce().ToString();
        PlacedJson? user = SettingsFile.ReadJson(UserDirectories.SettingsFile);
        Setting Of(string name, string variable, string inVariable, Func<PlacedJson, string> inFile) =>
            SettingSources.NotEmpty(Environment.GetEnvironmentVariable(variable)) is not null ? new Setting(name, inVariable, SettingSource.Environment, variable)
            : user?.Member(name) is { } value ? new Setting(name, inFile(value), SettingSource.User, $"'{name}' in {UserDirectories.SettingsFile}")
            : new Setting(name, "none", SettingSource.Default, "the default");

        return [Of(Trust, TrustVariable, policy, _ => policy), Of(SigningKey, SigningKeyVariable, "(secret)", value => value.AsText(SigningKey))];
    }

    internal static SignaturePolicy Read(string file, Func<string, string?> environment)
    {
        PlacedJson? user = SettingsFile.ReadJson(file);
        var settings = new List<PlacedJson>();
        if (user?.Member(Trust) is { } own)
        {
            settings.Add(own);
        }

        if (SettingSources.NotEmpty(environment(TrustVariable)) is { } given)
        {
            settings.Add(PlacedJson.Parse(TrustVariable, Encoding.UTF8.GetBytes(given)));
        }

        var signers = new List<TrustedSigner>();
        var required = new List<ScopePattern>();
        foreach (PlacedJson trust in settings)
        {
            string? directory = trust.File == file ? Path.GetDirectoryName(file) : null;
            foreach ((string name, PlacedJson value) in MembersOf(trust, Trust, "signers", "required"))
            {
                if (name == "signers")
                {
                    ElementsOf(value, name).ForEach(signer => Add(signers, ReadSigner(signer, directory), signer));
                }
                else
                {
                    required.AddRange(value.Type is JsonTokenType.True ? [ScopePattern.All] : value.Type is JsonTokenType.False ? [] : ScopesOf(value, name));
                }
            }
        }

        return new SignaturePolicy(signers, required, ReadSigningKey(user?.Member(SigningKey), file, environment));
    }

    private static SigningKeySource? ReadSigningKey(PlacedJson? user, string file, Func<string, string?> environment) =>
        SettingSources.NotEmpty(environment(SigningKeyVariable)) is { } given ? SigningKeySource.Parse(given, null, $"the variable {SigningKeyVariable}", allowsText: true)
        : user is null ? null
        : SigningKeySource.Parse(user.AsText(SigningKey), Path.GetDirectoryName(file), $"'{SigningKey}' in {user.Place}", allowsText: false);

    // A key has one name; the same signer may be named in both places, for different scopes.
    private static void Add(List<TrustedSigner> signers, TrustedSigner added, PlacedJson place)
    {
        int same = signers.FindIndex(known => known.Key.Id == added.Key.Id);
        if (same < 0 ? signers.Exists(known => known.Name == added.Name) : signers[same].Name != added.Name)
        {
            throw place.Invalid(same < 0
                ? $"Another signer is named '{added.Name}' already. Give each key a name of its own."
                : $"The key of '{added.Name}' is that of '{signers[same].Name}' already. Remove one.");
        }

        if (same < 0)
        {
            signers.Add(added);
        }
        else
        {
            signers[same] = added with { Scopes = [.. signers[same].Scopes, .. added.Scopes] };
        }
    }

    private static TrustedSigner ReadSigner(PlacedJson signer, string? directory)
    {
        string? name = null;
        PlacedJson? key = null;
        PlacedJson? keyFile = null;
        IReadOnlyList<ScopePattern> scopes = [ScopePattern.All];
        foreach ((string member, PlacedJson value) in MembersOf(signer, "signers", "name", "key", "keyFile", "scopes"))
        {
            switch (member)
            {
                case "name": name = value.AsText(member); break;
                case "key": key = value; break;
                case "keyFile": keyFile = value; break;
                default: scopes = ScopesOf(value, member); break;
            }
        }

        if (name == TrustedSigner.Nobody)
        {
            throw signer.Invalid($"No signer can be named '{name}': it stands for entries that nobody signed.");
        }

        return name is null || name.Any(char.IsControl) || (key is null) == (keyFile is null)
            ? throw signer.Invalid("A signer has a 'name' and either a 'key' (the public key in base64) or a 'keyFile'.")
            : new TrustedSigner(name, key is null ? ReadKeyFile(keyFile!, directory) : ReadKey(key, key.AsText("key"), $"of '{name}'"), scopes);
    }

    private static VerifyingKey ReadKeyFile(PlacedJson value, string? directory)
    {
        string text = value.AsText("keyFile");
        if (!Path.IsPathFullyQualified(text) && directory is null)
        {
            throw value.Invalid($"'keyFile' is '{text}', a relative path, and there is no folder that it could start at. Give the full path.");
        }

        string path = Path.GetFullPath(text, directory ?? Path.GetPathRoot(text)!);
        try
        {
            return ReadKey(value, File.ReadAllText(path), $"in '{path}'");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw value.Invalid($"The public key in '{path}' cannot be read: {error.Message}");
        }
    }

    private static VerifyingKey ReadKey(PlacedJson place, string text, string which)
    {
        try
        {
            return VerifyingKey.Parse(text);
        }
        catch (BuildCacheException error)
        {
            throw place.Invalid($"The public key {which}: {error.Message}");
        }
    }

    private static List<ScopePattern> ScopesOf(PlacedJson value, string name) => ElementsOf(value, name).ConvertAll(scope =>
    {
        try
        {
            return ScopePattern.Parse(scope.AsText(name));
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.InvalidScope)
        {
            throw scope.Invalid(error.Message);
        }
    });

    private static List<(string Name, PlacedJson Value)> MembersOf(PlacedJson value, string what, params ReadOnlySpan<string> known)
    {
        if (value.Type != JsonTokenType.StartObject)
        {
            throw value.Invalid($"'{what}' takes an object with {string.Join(", ", known.ToArray())}.");
        }

        foreach ((string name, PlacedJson member) in value.Members)
        {
            if (!known.Contains(name))
            {
                throw member.Invalid($"'{name}' is no setting of '{what}'; known are {string.Join(", ", known.ToArray())}.");
            }
        }

        return value.Members;
    }

    private static List<PlacedJson> ElementsOf(PlacedJson value, string name) => value.Type == JsonTokenType.StartArray ? value.Elements
        : throw value.Invalid(name == "required" ? "'required' is true, false, or a list of scopes such as [\"project:acme\"]." : $"'{name}' is not a list.");
}
