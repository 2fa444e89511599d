using System.Net;
using System.Security;
using System.Text;
using System.Text.Json;
using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Tests.Commands;

/// <summary>A command that writes a secret which it was given is not saved, wherever and in whatever encoding of logs it writes it.</summary>
public sealed class SecretScanTests : IDisposable
{
    private const string Awkward = "p+&\"<\\'wörd %41\nsecond; line";

    private readonly CommandRig _rig = new();

    public static TheoryData<string, string> Forms
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string secret in (string[])["hunter2+hunter3", "a\\b\\new&\\u0041", "it's \"quoted\" <x>", Awkward, "пароль-🔑-1"])
            {
                string json = JsonSerializer.Serialize(secret);
                string[] forms =
                [
                    secret, json, JsonSerializer.Serialize(json), json.Replace("\\u002B", "\\u002b", StringComparison.Ordinal),
                    SecurityElement.Escape(secret), JsonSerializer.Serialize(SecurityElement.Escape(secret)), WebUtility.HtmlEncode(secret), Uri.EscapeDataString(secret), WebUtility.UrlEncode(secret), Uri.EscapeDataString(json),
                    Convert.ToHexString(Encoding.UTF8.GetBytes(secret)), Convert.ToHexStringLower(Encoding.Unicode.GetBytes(secret)), BitConverter.ToString(Encoding.UTF8.GetBytes(secret)),
                    string.Join(' ', Encoding.UTF8.GetBytes(secret).Select(code => code.ToString("x2", null))),
                    .. Enumerable.Range(0, 4).SelectMany(before => Encoded(new string('x', before) + secret + "yz")),
                    "'" + secret.Replace("'", "''", StringComparison.Ordinal) + "'", "\"" + secret.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"", "'" + secret.Replace("'", "'\\''", StringComparison.Ordinal) + "'",
                ];
                foreach (string form in forms.Distinct(StringComparer.Ordinal))
                {
                    all.Add(secret, $"before {form} after");
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task In_every_encoding_of_logs(string secret, string text)
    {
        RecordedItem item = text.Contains('\n', StringComparison.Ordinal)
            ? RecordedItem.OfValue(CommandChannel.Output, new RecordedScalar(text)) : new RecordedItem(CommandChannel.Information, text);
        await IsRefusedAsync(secret, item);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task In_files_too(string secret, string text)
    {
        CommandRequest request = _rig.Request(outputs: "gen") with { Secrets = [secret] };
        (await _rig.UseAsync(request, () => _rig.File("gen/config", text))).Warned(ErrorId.SecretInOutput);
    }

    [Fact]
    public async Task In_every_place_of_an_object()
    {
        const string Secret = "hunter2+<>";
        var text = new RecordedScalar($"it is {Secret}");
        foreach (RecordedValue value in (RecordedValue[])
        [
            text,
            new RecordedScalar(Encoding.UTF8.GetBytes(Secret)),
            new RecordedScalar(new Uri($"https://x/{Secret}", UriKind.Absolute)),
            new RecordedList([null, text], []),
            new RecordedList([.. Secret.Select(c => new RecordedScalar(c))], []),
            new RecordedMap([(text, null)], [], false),
            new RecordedMap([(new RecordedScalar(1), text)], [], true),
            new RecordedBag([("a", new RecordedBag([("b", text)], []))], []),
            new RecordedBag([(Secret, null)], []),
            new RecordedBag([], [], Secret),
            new RecordedBag([], [Secret]),
        ])
        {
            foreach (CommandChannel channel in Enum.GetValues<CommandChannel>())
            {
                await IsRefusedAsync(Secret, RecordedItem.OfValue(channel, value));
            }
        }
    }

    [Fact]
    public async Task In_a_number() => await IsRefusedAsync("83629471", RecordedItem.OfValue(CommandChannel.Output, new RecordedScalar(83629471)));

    [Fact]
    public async Task Over_several_lines()
    {
        await IsRefusedAsync("short\nlines\nof it", new(CommandChannel.Output, "short"), new(CommandChannel.Error, "between"), new(CommandChannel.Output, "lines"), new(CommandChannel.Output, "of it"));
        string key = string.Concat(Enumerable.Range(0, 20).Select(i => $"line {i} of the key;"));
        string[] wrapped = [.. Convert.ToBase64String(Encoding.UTF8.GetBytes($"pre{key}")).Chunk(10).Select(line => new string(line))];
        await IsRefusedAsync(key, [.. wrapped.Select(line => new RecordedItem(CommandChannel.Output, line))]);
    }

    [Fact]
    public async Task In_the_pieces_of_one_line()
    {
        RecordedItem Piece(string text) => RecordedItem.OfValue(CommandChannel.Information, new RecordedBag([("Text", new RecordedScalar(text))], []), isOpen: true);
        await IsRefusedAsync("hunter2-secret", Piece("it is hunt"), Piece("er2-sec"), Piece("ret"));
        string fill = new('x', ProcessOutput.LongestLine - 4);
        await IsRefusedAsync("hunter2-secret", new RecordedItem(CommandChannel.Output, fill + "hunt"), new RecordedItem(CommandChannel.Output, "er2-secret"));
    }

    [Fact]
    public async Task In_UTF_16_files_and_in_names()
    {
        const string Secret = "hunter2-secret";
        CommandRequest request = _rig.Request(outputs: "gen") with { Secrets = [Secret] };
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            (await _rig.UseAsync(request, () => File.WriteAllText(_rig.File("gen/a", ""), $"x{Secret}", encoding))).Warned(ErrorId.SecretInOutput);
        }

        (await _rig.UseAsync(request, () => _rig.File($"gen/{Secret}.txt", "x"))).Warned(ErrorId.SecretInOutput);
        Assert.Contains("its name", (await _rig.UseAsync(_rig.Request() with { Name = ["a", $"b-{Secret}"], Secrets = [Secret] })).Warned(ErrorId.SecretInOutput).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Among_the_inputs()
    {
        const string Secret = "hunter2-secret";
        CommandInputs inputs = new() { Others = [new FingerprintInput("value", "v", FingerprintBuilder.OfValue(Secret))] };
        string told = (await _rig.UseAsync(_rig.Request(inputs) with { Secrets = [Secret] })).Warned(ErrorId.SecretInOutput).Message;
        Assert.Contains("the input 'value v'", told, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, told, StringComparison.Ordinal);
        inputs = new() { Others = [new FingerprintInput("value", Secret, FingerprintBuilder.OfValue("x"))] };
        Assert.DoesNotContain(Secret, (await _rig.UseAsync(_rig.Request(inputs) with { Secrets = [Secret] })).Warned(ErrorId.SecretInOutput).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_secret_is_saved()
    {
        CommandRequest request = _rig.Request(outputs: "gen") with { Secrets = ["hunter2-secret", "abc", ""] };
        (await _rig.UseAsync(request, () => _rig.File("gen/a", "abc"), items: [new RecordedItem(CommandChannel.Output, "hunter2 and its abc")])).Was(hit: false);
        (await _rig.UseAsync(request)).Was(hit: true);
    }

    private static IEnumerable<string> Encoded(string text) =>
        ((byte[][])[Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text)]).SelectMany(bytes => (string[])
            [Convert.ToBase64String(bytes), Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'), Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks)]);

    private async Task IsRefusedAsync(string secret, params RecordedItem[] items)
    {
        CommandRequest request = _rig.Request() with { Secrets = [secret], WritesObjects = true };
        string told = (await _rig.UseAsync(request, items: items)).Warned(ErrorId.SecretInOutput).Message;
        Assert.DoesNotContain(secret, told, StringComparison.Ordinal);
    }

    public void Dispose() => _rig.Dispose();
}
