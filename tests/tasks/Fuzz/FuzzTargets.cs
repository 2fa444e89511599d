using System.Buffers;
using System.Text;
using System.Text.Json;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Compilation;
using BuildCache.MSBuild.Recording;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.Tests.Fuzz;

/// <summary>Every decoder of what compilations keep. A new one is a line here.</summary>
public static class FuzzTargets
{
    private static readonly string[] s_json = ["[", "]", "{", "}", ",", "\"", "null", "true", "1e999", "2147483648", "\\ud800", "\\u0000", "\\n::add-path::x", "##vso[x]"];
    private static readonly PathRoots s_roots = new("/work/spaces/one", "/packages", "/sdk");
    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Create([(ScopeKind.Project, "fuzz")]), ["fuzz"]);
    private static readonly FileHasher s_hasher = new();
    private static readonly HashSet<MessageImportance> s_importances = [.. Enum.GetValues<MessageImportance>()];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("compiler output", [CompilerOutput.Encode(Messages()), CompilerOutput.Encode([])], bytes =>
        {
            foreach (CompilerMessage message in CompilerOutput.Decode(bytes))
            {
                CompilerMessage said = message.Localise(s_roots).Neutralise();
                Assert.Contains(said.Importance, s_importances);
                Assert.All([said.Subcategory, said.Code, said.File, said.Text, said.HelpKeyword, said.HelpLink, said.Sender], text => Assert.Equal(TextFlaw.None, PrintableText.FlawOf(text)));
            }
        })
        {
            Tokens = [.. s_json, "{workspace}", "{packages}", "[true,1,0,0,0,0,null,null,null,null,null,null,null],"],
            Large =
            [
                FuzzTarget.Repeat("["), FuzzTarget.Repeat(" ", "[", "]"), FuzzTarget.Repeat("[true,1,0,0,0,0,null,null,null,null,null,null,null],", "[", "[true,1,0,0,0,0,null,null,null,null,null,null,null]]"),
                FuzzTarget.Repeat("{workspace}", "[[true,1,0,0,0,0,null,null,\"{workspace}\",\"", "\",null,null,null]]"),
            ],
        },
        new FuzzTarget("key extension", [new KeyExtension(true, ["{workspace}/docs/a.xml", "/etc/b.xml", "{sdk}/c"]).Encode(), new KeyExtension(false, []).Encode()],
            bytes => KeyExtension.TryDecode(bytes)?.Apply(s_key, s_roots, path => s_hasher.Hash(path).Digest))
        {
            Tokens = [.. s_json, "\"\"", "\"/\"", "\"//\"", "\"/dev/stdin\"", "\"/proc/self/mem\"", "..", "{workspace}", "{dotnet}"],
            Large = [FuzzTarget.Repeat("["), FuzzTarget.Repeat("\"\",", "[1,true,", "\"\"]"), FuzzTarget.Repeat("/a", "[1,true,\"", "\"]"), FuzzTarget.Repeat("/", "[1,true,\"", "\"]")],
        },
        new FuzzTarget("journal line", [Line(new CompilationRecord("a.csproj", "a.dll", CompilationOutcome.Missed, TimeSpan.FromSeconds(1.5), TimeSpan.Zero, 1000, "reason", Hint: "hint")), Line(new CompilationRecord("", "", CompilationOutcome.Hit))],
            bytes => Assert.True(Journal.TryRead(Encoding.UTF8.GetString(bytes)) is not { } record || Enum.IsDefined(record.Outcome)))
        { Tokens = [.. s_json, "\"outcome\":\"77\"", "\"Hit, Problem\"", "-1e300", "1e15"], Large = [FuzzTarget.Repeat("["), FuzzTarget.Repeat("\"a\":1,", "{", "\"project\":\"\"}")] },
    ];

    public static FuzzTarget Get(string name) => All.Single(target => target.Name == name);

    private static List<CompilerMessage> Messages() =>
    [
        new CompilerMessage(true, MessageImportance.Normal, null, "CS1030", "{workspace}/a.cs", 1, 2, 3, 4, "#warning: 'x'", null, "https://host/CS1030", "Csc"),
        new CompilerMessage(false, MessageImportance.High, "sub", null, null, 0, 0, 0, 0, "one\ntwo {packages}/x \u0002", "keyword", null, null),
    ];

    private static byte[] Line(CompilationRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Journal.Write(json, record);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
