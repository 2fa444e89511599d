using System.Text;
using BuildCache.Configuration;
using BuildCache.Configuration.Ci;
using BuildCache.RemoteApis;
using BuildCache.Sources;
using BuildCache.Stores;
using BuildCache.Stores.RemoteExecution;
using BuildCache.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Fuzz;

/// <summary>Settings files and what else a checkout, a CI service or an address says.</summary>
internal static class ConfigurationTargets
{
    private static readonly string[] s_json = ["{", "}", "[", "]", ",", ":", "\"", "//", "/*", "\\ud800", "null", "true", "\"ref\":", "\"sources\":", "\"a\":", "\ufeff"];

    private static readonly byte[] s_settings = Encoding.UTF8.GetBytes("""
        {
          // A comment.
          "project": "p", "store": ["/a", "grpc://host:1"], "scope": "project:p", "mode": "ReadOnly",
          "sources": { "one": { "kind": "git", "url": "gh:x/y", "track": "main", "ref": "0123456789012345678901234567890123456789" } },
          "aliases": { "gh": "https://github.com/" },
          "mirrors": [ { "name": "m", "aliases": { "gh": ["https://mirror/"] } } ],
          "fetchOrder": ["m", "origin"], "fetchFrom": "All", "maxAge": "1.00:00:00", "push": false,
        }
        """);

    private static readonly byte[] s_trust = Encoding.UTF8.GetBytes($$"""
        {"signers":[{"name":"main","key":"{{Convert.ToBase64String(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256).ExportSubjectPublicKeyInfo())}}","scopes":["project:p","*"]}],"required":["project:p*"]}
        """);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("settings", [s_settings], bytes => In(bytes, file => SettingsFile.Read(file, SettingSource.Checkout))) { Tokens = s_json, Large = Deep },
        new FuzzTarget("trust", [s_trust], bytes => In(bytes, file => TrustSettings.Read(file, name => name == TrustSettings.TrustVariable ? Encoding.UTF8.GetString(bytes) : null)))
        { Tokens = [.. s_json, "\"signers\":", "\"required\":", "\"scopes\":", "project:*", "*"], Large = Deep },
        new FuzzTarget("settings with places", [s_settings], bytes => PlacedJson.Parse("file", bytes))
        {
            Tokens = s_json,
            Large = [.. Deep, length => Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, length / 12).Select(i => $"\"{i:00000000}\":1")) + "}")],
        },
        new FuzzTarget("sources", [s_settings], bytes => In(bytes, file =>
        {
            SourcesFile read = SourcesFile.Read(file, isUser: false);
            var aliases = new SourceAliases(read.Aliases);
            foreach (SourceDeclaration source in read.Sources)
            {
                aliases.Expand(source.Url);
                SourceKinds.Of(source).Check(source);
            }
        })) { Tokens = s_json, Large = [Aliases] },
        new FuzzTarget("refs", [s_settings], bytes => In(bytes, file => RefFile.Update(file, new Dictionary<string, string> { ["one"] = "1123456789012345678901234567890123456789" }))) { Tokens = s_json, BytesEach = 1000 },
        new FuzzTarget("store address", ["grpcs://host:1/instance?ca=x&readonly=true"u8.ToArray(), "s3://bucket/prefix?endpoint=https://host&region=eu-1"u8.ToArray(), "file:///a"u8.ToArray()], bytes =>
        {
            var uri = StoreUri.Parse(Encoding.UTF8.GetString(bytes));
            uri.TakeSwitch("readonly");
            _ = uri.Uri.Scheme switch { "s3" => S3Location.Parse(uri).ToString(), "grpc" or "grpcs" => RemoteStoreUri.Endpoint(uri).Name, _ => "" };
        }) { Tokens = ["?", "&", "=", "%", "%00", "://", "[::1]", "@", "#"], Large = [FuzzTarget.Repeat("&a", "s3://b?"), FuzzTarget.Repeat("%41", "s3://b/")] },
        new FuzzTarget("Java properties", [Encoding.Latin1.GetBytes("a=b\nc : d\\\n  e\n# x\nf\\u0041=\\t")], bytes => JavaProperties.Parse(Encoding.Latin1.GetString(bytes)))
        { Tokens = ["\\\n", "\\u", "=", "\r"], Large = [FuzzTarget.Repeat("\\\n"), FuzzTarget.Repeat("a\\\n", "a=")] },
        new FuzzTarget("git configuration", [Encoding.UTF8.GetBytes("[remote \"origin\"]\n\turl = ssh://git@host:22/a/b.git\n")], bytes => RestoreSandbox.Within(root =>
        {
            Directory.CreateDirectory(Path.Combine(root, ".git"));
            File.WriteAllBytes(Path.Combine(root, ".git", "config"), bytes);
            GitOrigin.Of(root);
        })) { Tokens = ["[remote \"origin\"]", "url = ", "://", "@", ":", "\n"], Large = [FuzzTarget.Repeat("[remote \"origin\"]\n")] },
        new FuzzTarget("git head", ["ref: refs/heads/main\n"u8.ToArray()], bytes => RestoreSandbox.Within(root =>
        {
            Directory.CreateDirectory(Path.Combine(root, ".git"));
            File.WriteAllBytes(Path.Combine(root, ".git", "HEAD"), bytes);
            GitHead.BranchAround(root);
        })),
        new FuzzTarget("git pointer", ["gitdir: ../x/.git/worktrees/y\n"u8.ToArray()], bytes => RestoreSandbox.Within(root =>
        {
            File.WriteAllBytes(Path.Combine(root, ".git"), bytes);
            GitOrigin.Of(root);
            GitHead.BranchAround(root);
        })) { Tokens = ["gitdir: ", "\0", ".."] },
    ];

    private static Func<int, byte[]>[] Deep => [FuzzTarget.Repeat("["), FuzzTarget.Repeat("{\"a\":"), FuzzTarget.Repeat("\n", "{", "}")];

    private static byte[] Aliases(int length) => Encoding.UTF8.GetBytes("{\"sources\":{\"s\":{\"kind\":\"file\",\"url\":\"aa00000000:\"}},\"aliases\":{"
        + string.Join(',', Enumerable.Range(0, length / 40).Select(i => $"\"aa{i:00000000}\":\"aa{i + 1:00000000}:xxxxx\"")) + "}}");

    private static void In(byte[] content, Action<string> read)
    {
        using var folder = new TempFolder();
        read(folder.File("buildcache.json", content));
    }
}
