using System.Text;
using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.Tests.Commands;

/// <summary>What a store says that a command wrote is read as a whole before anything is done with it, and what no run would have left is a miss.</summary>
public sealed class HostileRecordingTests : IDisposable
{
    private readonly CommandRig _rig = new();

    public static TheoryData<string> Malformed { get; } =
    [
        "", "{", "null", "[]", """{"version":1}""", """{"items":[]}""", Recording("") + "x",
        Recording("[9,\"x\"]"), Recording("[0,1]"), Recording("[0]"), Recording("[0,\"x\",true]"), Recording("[0,\"x\"],[0"), Recording("[0,null]"), Recording("[0,null,{},false]"),
        Value("""{"Object":"x"}"""), Value("""{"Int32":"x"}"""), Value("""{"Int32":"99999999999"}"""), Value("""{"Int32":1}"""), Value("""{"Byte[]":"?"}"""), Value("""{"DateTime":"now"}"""),
        Value("""{"Guid":"x"}"""), Value("""{"Version":"1.x"}"""), Value("""{"Uri":"http://["}"""), Value("""{"Boolean":"1"}"""), Value("""{"PSCredential":"x"}"""), Value("""{"Int32":"1","more":"2"}"""),
        Value("""{"types":[1],"list":[]}"""), Value("""{"types":[],"set":[]}"""), Value("""{"types":[],"map":[1]}"""), Value("""{"types":[],"map":["a"]}"""), Value("""{"types":[],"map":[null,"a"]}"""),
        Value("""{"types":[],"text":1,"base":null,"bag":[]}"""), Value("""{"types":[],"text":null,"base":{"types":[],"list":[]},"bag":[]}"""), Value("""{"types":[],"text":null,"base":null,"bag":["a"]}"""),
        Value("""{"types":[],"text":null,"base":null,"bag":["a",null,"A",null]}"""), Value("""{"types":[],"text":null,"base":null,"bag":["",null]}"""), Value("""{"types":[],"text":null,"base":null,"bag":[null,null]}"""),
        Value(Nested(9)), Value(Nested(100_000)),
    ];

    public static TheoryData<string> Unprintable { get; } =
    [
        Recording("[0,\"##vso[task.prependpath]/tmp\"]"), Recording("[1,\" ::add-path::/tmp\"]"), Recording("[2,\"\\u001b]0;x\\u0007\"]"), Recording("[0,\"a\\nb\"]"), Recording("[0,\"a\\rb\"]"),
        Value("\"fine\\n::add-path::/tmp\""), Value("\"a\\u0007\""), Value("""{"types":["##vso[x]"],"list":[]}"""), Value("""{"types":[],"list":["##vso[x]"]}"""),
        Value("""{"types":[],"map":["##vso[x]",null]}"""), Value("""{"types":[],"text":"##[error]","base":null,"bag":[]}"""), Value("""{"types":[],"text":null,"base":null,"bag":["##[x]",1]}"""),
        // Shown in a column, or where the host breaks a line, it would be at the start of one.
        Value("""{"types":[],"text":null,"base":null,"bag":["a","and so on until the end of the line ::add-path::/tmp"]}"""),
        // One line in two pieces.
        Recording($"{Open("##vs")},[0,\"o[task.prependpath]/tmp\"]"), Recording($"{Open(" ")},{Open(":")},{Open(":add-")},[5,\"path::/tmp\"]"),
        Recording("""[5,null,{"types":[],"text":null,"base":null,"bag":["Other","##vs"]},true]"""),
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(Unprintable))]
    public async Task It_is_a_miss_and_nothing_was_put_in_place(string recording)
    {
        CommandRequest request = _rig.Request(outputs: "out.txt") with { WritesObjects = true };
        await PlantAsync(request, recording, "of the store");

        Used used = await _rig.UseAsync(request, () => Assert.Null(_rig.Read("out.txt")));
        Assert.False(used.IsHit);
        Assert.Contains(used.Problems, problem => problem.Id == ErrorId.BlobCorrupt);
        Assert.Equal(1, _rig.Runs);
    }

    [Fact]
    public async Task What_is_planted_well_formed_is_a_hit()
    {
        CommandRequest request = _rig.Request(outputs: "out.txt") with { WritesObjects = true };
        await PlantAsync(request, Value(Nested(8)), "of the store");
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal("of the store", _rig.Read("out.txt"));
    }

    [Fact]
    public async Task Objects_are_a_miss_for_who_writes_lines()
    {
        CommandRequest request = _rig.Request(outputs: "out.txt");
        await PlantAsync(request, Value("\"x\""), "of the store");
        Assert.False((await _rig.UseAsync(request, () => _rig.File("out.txt", "mine"))).IsHit);
        Assert.Equal("mine", _rig.Read("out.txt"));
    }

    [Fact]
    public async Task A_failure_without_a_mark_is_still_one()
    {
        CommandRequest request = _rig.Request(outputs: "out.txt");
        await PlantAsync(request, """{"version":1,"exitCode":7,"failed":false,"items":[]}""", "of the store");
        Assert.False((await _rig.UseAsync(request, () => _rig.File("out.txt", "mine"))).IsHit);
        Assert.True((await _rig.UseAsync(request)).IsHit);
    }

    [Theory]
    [InlineData("##vso[task.setvariable variable=a]b")]
    [InlineData("::warning::x")]
    [InlineData("\u001b[2Jx")]
    [InlineData(null)]
    public async Task A_run_that_writes_what_cannot_be_replayed_is_not_saved(string? line)
    {
        // No attribute can hold half of a surrogate pair.
        line ??= "half \ud800";
        CommandRequest request = _rig.Request();
        (await _rig.UseAsync(request, items: new RecordedItem(CommandChannel.Output, line))).Warned(ErrorId.OutputNotReplayable);
        (await _rig.UseAsync(request, items: new RecordedItem(CommandChannel.Output, "fine"))).Was(hit: false);
        (await _rig.UseAsync(request)).Was(hit: true);
    }

    [Fact]
    public void Every_value_comes_back_as_it_was()
    {
        RecordedValue?[] values =
        [
            null, .. ((object[])
            [
                "a\nb", true, false, 'c', '\0', (sbyte)-1, (byte)1, (short)-2, (ushort)2, -3, 3u, -4L, ulong.MaxValue, 1.5f, float.NaN, double.MinValue, double.NegativeInfinity, 0.1, 1.10m, decimal.MinValue,
                new DateTime(2020, 2, 3, 4, 5, 6, 7, DateTimeKind.Utc), new DateTime(1, DateTimeKind.Unspecified), TimeSpan.MinValue, Guid.Empty, new Version(1, 2), new Uri("a/b", UriKind.Relative), new Uri("https://x/ü?a=%20"), new byte[] { 0, 255 },
            ]).Select(value => new RecordedScalar(value)),
            new RecordedList([null, new RecordedScalar(1)], ["System.Object[]"]),
            new RecordedMap([(new RecordedScalar("a"), null)], ["t"], true), new RecordedMap([], [], false),
            new RecordedBag([("a", new RecordedScalar("x")), ("b", null)], ["t", "u"], "text", new RecordedScalar(5)),
        ];
        byte[] bytes = RecordingCodec.Encode(new CommandRecording([.. values.Where(value => value is not RecordedScalar { Value: '\0' }).Select(value => RecordedItem.OfValue(CommandChannel.Output, value))], null))!;
        CommandRecording back = RecordingCodec.Decode(bytes);
        Assert.Null(back.ExitCode);
        Assert.Equal(bytes, RecordingCodec.Encode(back));
        Assert.Equal(values.OfType<RecordedScalar>().Select(scalar => scalar.Value).Where(value => value is not '\0'), back.Items.Select(item => item.Value).OfType<RecordedScalar>().Select(scalar => scalar.Value));
    }

    [Fact]
    public void Many_lines_are_read_quickly()
    {
        byte[] bytes = RecordingCodec.Encode(new CommandRecording([.. Enumerable.Range(0, 10_000).Select(i => new RecordedItem(CommandChannel.Output, $"  {i}: #1 src/a.cs(1,2): std::warning \u001b[31mred\u001b[0m ## {i}"))], 0))!;
        RecordingCodec.Decode(bytes);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        RecordingCodec.Decode(bytes);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"It took {watch.Elapsed}.");
    }

    private static string Recording(string items) => $$"""{"version":1,"exitCode":0,"failed":false,"items":[{{items}}]}""";

    private static string Value(string value) => Recording($"[0,null,{value},false]");

    private static string Open(string text) => $$"""[5,null,{"types":[],"text":null,"base":null,"bag":["Text","{{text}}"]},true]""";

    private static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("""{"types":[],"list":[""", levels)) + "null" + string.Concat(Enumerable.Repeat("]}", levels));

    // Puts an entry under the key that the command will ask for, as who may write to the store can.
    private async Task PlantAsync(CommandRequest request, string recording, string content)
    {
        CacheKey key;
        using (CommandRun run = await _rig.Cache().BeginAsync(request, TestContext.Current.CancellationToken))
        {
            _rig.File("out.txt", content);
            await run.CompleteAsync(new CommandRecording([], 0), succeeded: true, TimeSpan.Zero, TestContext.Current.CancellationToken);
            key = run.Entry!.Key;
        }

        var details = new EntryDetails("hostile", TimeSpan.Zero, Fingerprint.Create([]), Encoding.UTF8.GetBytes(recording));
        await _rig.Catalog.SaveAsync(key, [new PathToSave("out.txt", _rig.PathOf("out.txt"))], details, replace: true, cancellationToken: TestContext.Current.CancellationToken);
        File.Delete(_rig.PathOf("out.txt"));
    }

    public void Dispose() => _rig.Dispose();
}
