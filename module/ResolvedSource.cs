using BuildCache.Content;
using BuildCache.Sources.Tracking;

namespace BuildCache.PowerShell;

/// <summary>What a source is at.</summary>
/// <param name="Name">What the project calls the source.</param>
/// <param name="Ref">The ref.</param>
/// <param name="Uri">The address that it belongs to, without user name, password and query; nothing when nobody was asked.</param>
/// <param name="Digest">The digest of the staged source, if the one who answered knows it or it was published now.</param>
/// <param name="AnsweredBy">Who told the ref.</param>
/// <param name="Age">How old the answer is; nothing when that is not known.</param>
/// <param name="Tracked">When the ref was read at the origin; nothing when that is not known.</param>
/// <param name="Changed">Whether the ref is another than the declared one.</param>
/// <param name="Pushed">Whether the asset service was told of it now.</param>
/// <param name="Place">Where the source is declared, as file(line); empty for one that was given by arguments.</param>
public sealed record ResolvedSource(
    string Name, string Ref, string? Uri, Digest? Digest, RefAuthority AnsweredBy, TimeSpan? Age, DateTimeOffset? Tracked, bool Changed, bool Pushed, string Place);
