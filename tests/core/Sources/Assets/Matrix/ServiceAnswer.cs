using System.Text.Json.Nodes;
using BuildCache.Sources;
using BuildCache.TestServers.Assets;

namespace BuildCache.Tests.Sources.Assets.Matrix;

/// <summary>One way in which an asset service may answer, and what each policy makes of it.</summary>
/// <param name="Name">For the table.</param>
/// <param name="ThenNative">Who tells the ref with <see cref="TrackPolicy.AssetThenNative"/>: service, native, or native with a notice.</param>
/// <param name="Only">The same with <see cref="TrackPolicy.AssetOnly"/>: the service, or the error.</param>
/// <param name="Says">What the notice or the error must say.</param>
internal sealed record ServiceAnswer(string Name, string ThenNative, string Only, string Says)
{
    public const string Service = "service";
    public const string Native = "native";
    public const string Noticed = "native, with a notice";

    /// <summary>Whether the source was pushed to the service before.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>Whether it was pushed with a record of its ref.</summary>
    public bool HasRecord { get; init; } = true;

    /// <summary>How long ago the ref was read at the origin.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromMinutes(20);

    public TimeSpan? MaximumAge { get; init; }

    /// <summary>Where what the service told is then staged from.</summary>
    public string Staged { get; init; } = "service";

    /// <summary>Whether the service takes what is pushed.</summary>
    public bool TakesPush { get; init; } = true;

    /// <summary>Whether nothing listens.</summary>
    public bool IsAway { get; init; }

    /// <summary>Whether it takes too long for every test run.</summary>
    public bool IsSlow { get; init; }

    /// <summary>How the peer behaves; null where any server does it by itself.</summary>
    public AssetPeerBehaviour? Behaviour { get; init; }

    /// <summary>Who tells the ref.</summary>
    public string By(TrackPolicy policy) => policy switch
    {
        TrackPolicy.Native => Native,
        TrackPolicy.AssetThenNative => ThenNative,
        _ => Only,
    };

    /// <summary>What any server answers.</summary>
    public static IReadOnlyList<ServiceAnswer> OfAll { get; } =
    [
        new("a ref, by a client's record", Service, Service, "") { Behaviour = Recorded() },
        new("a ref as old as is accepted", Service, Service, "") { Behaviour = Recorded(), MaximumAge = TimeSpan.FromMinutes(30) },
        new("an older one", Noticed, "RefNotFound", "older than was asked for") { Behaviour = Recorded(), MaximumAge = TimeSpan.FromMinutes(10) },
        new("no vcs.commit and no record", Noticed, "RefNotFound", "does not tell its vcs.commit") { Behaviour = Recorded(), HasRecord = false },
        new("NOT_FOUND", Native, "RefNotFound", "does not know the source") { IsKnown = false },
        new("nothing: it is away", Noticed, "StoreUnavailable", "127.0.0.1:1") { IsAway = true, TakesPush = false },
    ];

    /// <summary>What only the peer can be made to answer.</summary>
    public static IReadOnlyList<ServiceAnswer> OfPeer { get; } =
    [
        new("vcs.commit", Service, Service, "") { HasRecord = false },
        new("NOT_FOUND in the answer", Native, "RefNotFound", "does not know the source") { Behaviour = Faulty("Fetch*", "NOT_FOUND", isInline: true) },
        new("PERMISSION_DENIED", Noticed, "StoreAccessDenied", "PermissionDenied") { Behaviour = Faulty("Fetch*", "PERMISSION_DENIED") },
        new("PERMISSION_DENIED in the answer", Noticed, "StoreAccessDenied", "PermissionDenied") { Behaviour = Faulty("Fetch*", "PERMISSION_DENIED", isInline: true) },
        new("PERMISSION_DENIED for directories, a record", Service, Service, "") { Behaviour = Faulty("FetchDirectory", "PERMISSION_DENIED"), Staged = "origin" },
        new("UNIMPLEMENTED", Noticed, "UnsupportedByStore", "does not have this part") { Behaviour = Faulty("Fetch*", "UNIMPLEMENTED") },
        new("UNAVAILABLE", Noticed, "StoreUnavailable", "Unavailable") { Behaviour = Faulty("Fetch*", "UNAVAILABLE") },
        new("UNAVAILABLE twice, then vcs.commit", Service, Service, "") { Behaviour = new AssetPeerBehaviour { Faults = [new("FetchDirectory", "UNAVAILABLE", Times: 2)] } },
        new("nothing for 15 s, then vcs.commit", Noticed, Service, "did not answer within 10 s") { Behaviour = new AssetPeerBehaviour { Faults = [new("Fetch*", Delay: 15)] }, IsSlow = true, Staged = "origin" },
        new("an old one, refused by the service", Native, "RefNotFound", "does not know the source") { Behaviour = new AssetPeerBehaviour { Aged = 1200 }, HasRecord = false, MaximumAge = TimeSpan.FromMinutes(10) },
        new("vcs.commit, and not how old it is", Noticed, "RefNotFound", "does not say how old") { Behaviour = new AssetPeerBehaviour { HonoursAge = false }, HasRecord = false, MaximumAge = TimeSpan.FromMinutes(10) },
        new("vcs.commit, and has lost the content", Service, Service, "has lost some of it") { Behaviour = new AssetPeerBehaviour { Lose = ["*"] }, Staged = "origin" },
        new("a record, and has lost it and the content", Noticed, "RefNotFound", "does not tell its vcs.commit") { Behaviour = Recorded() with { Lose = ["*"] } },
        new("vcs.commit, and other bytes", Service, Service, "has damaged some of it") { Behaviour = new AssetPeerBehaviour { Corrupt = true }, Staged = "origin" },
        new("a record of other bytes", Noticed, "RefNotFound", "does not tell its vcs.commit") { Behaviour = Recorded() with { Corrupt = true }, Staged = "origin" },
        new("other qualifiers", Noticed, "RefNotFound", "does not tell its vcs.commit") { HasRecord = false, Behaviour = Answering("qualifiers", Qualifier("colour", "red")) },
        new("a vcs.commit that is none", Noticed, "RefNotFound", "does not tell its vcs.commit") { HasRecord = false, Behaviour = Answering("qualifiers", Qualifier("vcs.commit", "--upload-pack=touch /tmp/x")) },
        new("a URI that was not asked for", Service, Service, "") { Behaviour = Answering("uri", "https://elsewhere.example.org/library") },
        new("a directory of a made-up size", Service, Service, "has damaged some of it") { Behaviour = Answering("root_directory_digest", Made("9000000000000000000")), Staged = "origin" },
        new("a directory of a negative size", Noticed, "StoreUnavailable", "no SHA-256 digest") { HasRecord = false, Behaviour = Answering("root_directory_digest", Made("-1")) },
        new("no digest", Noticed, "StoreUnavailable", "no SHA-256 digest") { HasRecord = false, Behaviour = Answering("root_directory_digest", null) },
        new("a qualifier of 9 MB", Noticed, "StoreUnavailable", "") { HasRecord = false, Behaviour = Answering("qualifiers", Qualifier("vcs.branch", new string('x', 9_000_000))) },
        new("NOT_FOUND, and takes no push", Native, "RefNotFound", "does not know the source") { IsKnown = false, Behaviour = Faulty("Push*", "PERMISSION_DENIED"), TakesPush = false },
    ];

    private static AssetPeerBehaviour Recorded() => new() { TellsCommit = false };

    private static AssetPeerBehaviour Faulty(string method, string code, bool isInline = false) => new() { Faults = [new(method, code, isInline)] };

    private static AssetPeerBehaviour Answering(string field, JsonNode? value) => new() { Answer = new JsonObject { [field] = value } };

    private static JsonArray Qualifier(string name, string value) => [new JsonObject { ["name"] = name, ["value"] = value }];

    private static JsonObject Made(string size) => new() { ["hash"] = new string('a', 64), ["sizeBytes"] = size };
}
