using System.Text.Json.Nodes;

namespace BuildCache.TestServers.Assets;

/// <summary>How an instance of the <see cref="AssetPeerServer"/> behaves.</summary>
public sealed record AssetPeerBehaviour
{
    /// <summary>Whether an answer holds the commit under which the directory was pushed too.</summary>
    public bool TellsCommit { get; init; } = true;

    /// <summary>Whether the oldest content that a request accepts counts; the age is that of the push.</summary>
    public bool HonoursAge { get; init; } = true;

    /// <summary>How many seconds longer ago everything was pushed.</summary>
    public int Aged { get; init; }

    /// <summary>What goes wrong; the first that fits a call is applied to it.</summary>
    public IReadOnlyList<AssetPeerFault> Faults { get; init; } = [];

    /// <summary>Fields, by their names in the .proto file, that replace those of each answer to <c>FetchDirectory</c>.</summary>
    public JsonObject? Answer { get; init; }

    /// <summary>Whether every blob is sent with a bit changed.</summary>
    public bool Corrupt { get; init; }

    /// <summary>Blobs, by their hashes, that it forgets now; <c>*</c> is all of them.</summary>
    public IReadOnlyList<string> Lose { get; init; } = [];
}

/// <summary>What goes wrong with calls.</summary>
/// <param name="Method">The method's name, which may end in <c>*</c>.</param>
/// <param name="Code">The status, as in <c>NOT_FOUND</c>; none when the call is only slow.</param>
/// <param name="Inline">Whether the status is in the answer rather than that of the call.</param>
/// <param name="Times">How often; always, unless said otherwise.</param>
/// <param name="Delay">Seconds before it answers.</param>
public sealed record AssetPeerFault(string Method, string? Code = null, bool Inline = false, int? Times = null, double Delay = 0);
