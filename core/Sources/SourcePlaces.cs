namespace BuildCache.Sources;

/// <summary>One address at which a source may be found.</summary>
/// <param name="Url">The address, without alias.</param>
/// <param name="Mirror">The mirror it belongs to; <see langword="null"/> for the origin.</param>
public readonly record struct SourcePlace(string Url, string? Mirror);

/// <summary>Works out the addresses of a source, in the order in which they are asked.</summary>
/// <param name="aliases">The aliases.</param>
/// <param name="mirrors">The mirrors, in order.</param>
/// <param name="defaultMirror">The name of the mirror that comes first, or none.</param>
/// <remarks>The orders are BuildStream's (<c>_project.py</c>): what is fetched comes from near, what is tracked from the truth.</remarks>
public sealed class SourcePlaces(SourceAliases aliases, IReadOnlyList<SourceMirror> mirrors, string? defaultMirror = null)
{
    /// <summary>The order in which places are asked for content, where it is not the usual one.</summary>
    public PlaceOrder? FetchOrder { get; init; }

    /// <summary>The order in which places are asked what a branch is at, where it is not the usual one.</summary>
    public PlaceOrder? TrackOrder { get; init; }

    /// <summary>The aliases.</summary>
    public SourceAliases Aliases => aliases;

    /// <summary>The addresses to fetch from: the default mirror, the other mirrors, the origin.</summary>
    public IReadOnlyList<SourcePlace> ToFetch(string url, PlacePolicy policy = PlacePolicy.All) =>
        Of(url, policy, FetchOrder, [.. Mirrors(url, policy), .. Origin(url, policy)]);

    /// <summary>The addresses to fetch from, of something that is known by its address at the origin, as submodules are.</summary>
    public IReadOnlyList<SourcePlace> ToFetchAddress(string address, PlacePolicy policy = PlacePolicy.All) => Of(address, policy, FetchOrder,
    [
        .. aliases.Contract(address).SelectMany(url => Mirrors(url, policy)).Distinct(),
        .. policy is PlacePolicy.All or PlacePolicy.Origin ? [new SourcePlace(address, null)] : (IEnumerable<SourcePlace>)[],
    ]);

    /// <summary>The addresses to track at: the reverse, the origin first.</summary>
    public IReadOnlyList<SourcePlace> ToTrack(string url, PlacePolicy policy = PlacePolicy.Origin) =>
        Of(url, policy, TrackOrder, [.. Origin(url, policy), .. Mirrors(url, policy).Reverse()]);

    /// <summary>Whether the asset service hears nothing of the addresses that only the user's own settings say, as where it was a checkout that named the service.</summary>
    public bool HidesOfUser { get; init; }

    /// <summary>Every address there is, for a service that knows a source by any of them.</summary>
    public IReadOnlyList<string> All(string url)
    {
        // Also where it is not told: an alias that is unknown is an error everywhere.
        IReadOnlyList<SourcePlace> places = ToFetch(url, PlacePolicy.All);
        HashSet<string?> told = [.. mirrors.Where(mirror => !HidesOfUser || !mirror.IsUser && !IsOfUser(mirror, url)).Select(mirror => mirror.Name),
            .. !HidesOfUser || !aliases.IsOfUser(url) ? (string?[])[null] : []];
        return [.. places.Where(place => told.Contains(place.Mirror)).Select(place => place.Url)];
    }

    private bool IsOfUser(SourceMirror mirror, string url) =>
        SourceAliases.Split(url).Alias is { } alias && mirror.Prefixes.TryGetValue(alias, out IReadOnlyList<string>? prefixes) && prefixes.Any(aliases.IsOfUser);

    private static List<SourcePlace> Of(string url, PlacePolicy policy, PlaceOrder? order, List<SourcePlace> places) => places.Count > 0 ? order is null ? places : [.. order.Apply(places)]
        : throw new BuildCacheException(ErrorId.SourceNotMirrored, policy == PlacePolicy.User
            ? $"No mirror in the user's own settings has '{Git.GitUrl.WithoutSecrets(url)}', and only those may be asked. Add one, or allow other places."
            : $"No mirror has '{Git.GitUrl.WithoutSecrets(url)}', and only mirrors may be asked. Add one for its alias, or allow the origin.");

    private IEnumerable<SourcePlace> Origin(string url, PlacePolicy policy)
    {
        // Also where the origin is not asked: an alias that is unknown is an error everywhere.
        string origin = aliases.Expand(url);
        return policy is PlacePolicy.All or PlacePolicy.Origin ? [new SourcePlace(origin, null)] : [];
    }

    private IEnumerable<SourcePlace> Mirrors(string url, PlacePolicy policy)
    {
        (string? alias, string rest) = SourceAliases.Split(url);
        if (alias is null || policy == PlacePolicy.Origin)
        {
            return [];
        }

        return mirrors.Where(mirror => policy != PlacePolicy.User || mirror.IsUser)
            .OrderBy(mirror => mirror.Name != defaultMirror)
            .SelectMany(mirror => mirror.Prefixes.TryGetValue(alias, out IReadOnlyList<string>? prefixes)
                ? prefixes.Select(prefix => new SourcePlace(aliases.Below(prefix, rest, $"the mirror '{mirror.Name}'"), mirror.Name))
                : []);
    }
}
