using System.Text;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Fuzz;

/// <summary>Ids, scopes, fingerprints and globs.</summary>
internal static class KeyTargets
{
    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Create([(ScopeKind.Project, "p,%"), (ScopeKind.Branch, "b")]), ["one", "two", "é"]);
    private static readonly VolumeIdentity s_volume = new(s_key, VolumeSharing.Private, "seed", "run");
    private static readonly ResourceId s_resource = new(ResourceKind.Socket, "name", Digest.Of("socket"u8));

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        // With a good check sum: whoever writes an id can make one.
        new FuzzTarget("cache key", [s_key.CanonicalBytes.ToArray()], bytes => CacheId.Parse(CheckedId.Format("bck1_", bytes, Digest.Of(bytes)))),
        new FuzzTarget("cache id", [Encoding.ASCII.GetBytes(s_key.Id)], bytes => CacheId.Parse(Encoding.UTF8.GetString(bytes))) { Tokens = ["bck1_", "=", "_"], Large = [FuzzTarget.Repeat("A", "bck1_")] },
        new FuzzTarget("volume id", [s_volume.CanonicalBytes.ToArray()], bytes => VolumeId.Parse(CheckedId.Format("bcv1_", bytes, Digest.Of(bytes)))),
        new FuzzTarget("resource id", [Encoding.ASCII.GetBytes(s_resource.Id)], bytes => ResourceId.Parse(Encoding.UTF8.GetString(bytes))) { Tokens = ["bcr1_"], Large = [FuzzTarget.Repeat("A", "bcr1_")] },
        new FuzzTarget("fingerprint",
            [Fingerprint.Create([new FingerprintInput("file", "a.cs", Digest.Of("a"u8)), new FingerprintInput("value", "b", Digest.Empty)]).Bytes.ToArray()],
            bytes => Fingerprint.Parse(bytes)) { Large = [Inputs] },
        new FuzzTarget("scope", ["project:p%2C%25,branch:b"u8.ToArray(), "global"u8.ToArray()], bytes => CacheScope.Parse(Encoding.UTF8.GetString(bytes)))
        { Tokens = ["project:", "branch", ",", ":", "%", "%25", "session:"], Large = [FuzzTarget.Repeat("%25", "project:"), FuzzTarget.Repeat(","), FuzzTarget.Repeat("%2C", "user:")] },
        new FuzzTarget("glob", ["src/**/*.cs"u8.ToArray(), "a*b/*"u8.ToArray()], Match)
        { Tokens = ["**/", "*", "..", "/", "[", "?", "\0", "./"], BytesEach = 4000, Large = [FuzzTarget.Repeat("*", "f"), FuzzTarget.Repeat("a*"), FuzzTarget.Repeat("**/"), FuzzTarget.Repeat("d/")] },
    ];

    private static byte[] Inputs(int length) =>
        Fingerprint.Create(Enumerable.Range(0, length / 60).Select(i => new FingerprintInput("file", $"{i}", Digest.Empty))).Bytes.ToArray();

    private static void Match(byte[] bytes) => RestoreSandbox.Within(root =>
    {
        Directory.CreateDirectory(Path.Combine(root, "d", "e"));
        File.WriteAllText(Path.Combine(root, "d", "e", "file-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cs"), "");
        FileGlob.Match(root, FileGlob.Normalise(root, Encoding.UTF8.GetString(bytes)));
    });
}
