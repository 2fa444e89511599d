using BuildCache.Configuration;

namespace BuildCache.Sources;

/// <summary>An order of places that the settings give: names of mirrors, and <c>origin</c>. What it does not name follows in the usual order.</summary>
/// <param name="Names">The names, the first one first.</param>
public sealed record PlaceOrder(IReadOnlyList<string> Names)
{
    /// <summary>What stands for the origin, and is no name of a mirror.</summary>
    public const string Origin = "origin";

    /// <summary>Puts places into this order.</summary>
    internal IEnumerable<SourcePlace> Apply(IEnumerable<SourcePlace> places) =>
        places.OrderBy(place => Names.TakeWhile(name => name != (place.Mirror ?? Origin)).Count());

    /// <summary>Refuses a name that nothing has.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>, with the line.</exception>
    internal static PlaceOrder? Of(PlacedJson? names, IReadOnlyList<SourceMirror> mirrors)
    {
        foreach (PlacedJson name in names?.Elements ?? [])
        {
            if (name.Text != Origin && !mirrors.Any(mirror => mirror.Name == name.Text))
            {
                throw name.Invalid($"'{name.Text}' is no mirror. Name mirrors that are declared, and '{Origin}'.");
            }
        }

        return names is null ? null : new PlaceOrder([.. names.Elements.Select(name => name.Text!)]);
    }
}
