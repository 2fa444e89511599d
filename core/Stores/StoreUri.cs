namespace BuildCache.Stores;

/// <summary>A store's URI taken apart: what each kind of store knows as an option is taken; what is left over at the end is refused.</summary>
internal sealed class StoreUri
{
    private readonly string _text;
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    private StoreUri(string text, Uri uri)
    {
        _text = text;
        Uri = uri;
    }

    /// <summary>The URI without its options, which may be secret.</summary>
    public Uri Uri { get; }

    /// <summary>Whether the user's credentials may go to it.</summary>
    public bool HasCredentials { get; set; } = true;

    /// <summary>Takes a URI apart.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static StoreUri Parse(string text)
    {
        int query = text.IndexOf('?', StringComparison.Ordinal);
        string place = query < 0 ? text : text[..query];
        if (!Uri.TryCreate(place, UriKind.Absolute, out Uri? uri))
        {
            throw Invalid(place, "it is neither a URI nor the full path of a directory");
        }

        var parsed = new StoreUri(place, uri);
        if (uri is { UserInfo.Length: > 0 })
        {
            throw parsed.Invalid("a user name or password does not belong in it; see the documentation of stores for where credentials are looked for");
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            throw parsed.Invalid("it has a fragment ('#…'), which means nothing here");
        }

        foreach (string option in query < 0 ? [] : text[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals];
            if (!parsed._options.TryAdd(name, equals < 0 ? "" : Uri.UnescapeDataString(option[(equals + 1)..])))
            {
                throw parsed.Invalid($"it gives the option '{name}' twice");
            }
        }

        return parsed;
    }

    /// <summary>Takes the value of an option; <see langword="null"/> when it is not given.</summary>
    public string? Take(string name) => _options.Remove(name, out string? value) ? value : null;

    /// <summary>Looks at an option without taking it.</summary>
    public string? Peek(string name) => _options.GetValueOrDefault(name);

    /// <summary>Takes an option that is <c>true</c> or <c>false</c>.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public bool TakeSwitch(string name) => Take(name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Invalid($"the option '{name}' is neither 'true' nor 'false'"),
    };

    /// <summary>Refuses the options that nobody took.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public void RefuseRest(params ReadOnlySpan<string> known)
    {
        if (_options.Count > 0)
        {
            throw Invalid($"it has the unknown option '{_options.Keys.First()}'; known are {string.Join(", ", [.. known.ToArray(), "readonly"])}");
        }
    }

    /// <summary>Makes the error for this URI.</summary>
    /// <param name="why">Completes "It names no store: …".</param>
    public BuildCacheException Invalid(string why) => Invalid(_text, why);

    private static BuildCacheException Invalid(string text, string why) =>
        new(ErrorId.InvalidStoreUri, $"'{WithoutUser(text)}' names no store: {why}. Use a directory, as in 'file:///var/cache/build' or '/var/cache/build', or a URI as in 's3://bucket/prefix?region=eu-north-1' or 'grpcs://host:port/instance'.");

    // Whatever is wrong with it: what stands before an '@' may be a password.
    private static string WithoutUser(string text)
    {
        int start = text.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        int end = text.LastIndexOf('@');
        return start >= "://".Length && end >= start ? text[..start] + "…" + text[end..] : text;
    }
}
