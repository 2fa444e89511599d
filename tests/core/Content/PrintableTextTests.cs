using BuildCache.Content;

namespace BuildCache.Tests.Content;

/// <summary>Text out of a store is printed as text: no CI service and no terminal acts on it.</summary>
public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("plain text, with # and :: and [brackets]")]
    [InlineData("std::vector<std::string> a; // ## heading")]
    [InlineData(":: is no command")]
    [InlineData("::std is none either")]
    [InlineData("a\tb\r\nc\nd")]
    [InlineData("größe 日本語 👩‍👩‍👧 é")]
    [InlineData("\u001b[1;31merror\u001b[0m \u001b[m\u001b[38;5;8mgrey\u001b[38;2;8;8;8mrgb\u001b[0m")]
    [InlineData("\u001b[01m\u001b[Kgcc.c:1:\u001b[m\u001b[K")]
    public void Ordinary_text_has_no_flaw(string text) => Assert.Equal(TextFlaw.None, PrintableText.FlawOf(text));

    [Theory]
    [InlineData("##vso[task.prependpath]/tmp")]
    [InlineData("warning: ##vso[task.setvariable variable=x]y")]
    [InlineData("##[error]no")]
    [InlineData("###[group]x")]
    [InlineData("##teamcity[setParameter name='x' value='y']")]
    [InlineData("##octopus[setVariable name='x']")]
    [InlineData("::add-path::/tmp")]
    [InlineData(" \t::warning file=a::b")]
    [InlineData("ok\n  ::set-output name=a::b")]
    [InlineData("ok\r\n::group::b")]
    // Compared by culture, these characters have no weight.
    [InlineData("#\u00AD#vso[task.x]")]
    [InlineData("##v\u200Bso[task.x]")]
    [InlineData("\u200B::add-mask::x")]
    [InlineData(":\u2060:add-mask::x")]
    [InlineData("\uFEFF \u001b[0m::add-mask::x")]
    [InlineData("#\u0301#\uFE0Fvso[task.x]")]
    public void A_command_to_a_CI_service_is_found_and_broken_up(string text)
    {
        Assert.Equal(TextFlaw.CiCommand, PrintableText.FlawOf(text));
        Assert.Equal(TextFlaw.None, PrintableText.FlawOf(PrintableText.Lines(text)));
        Assert.Equal(TextFlaw.None, PrintableText.FlawOf(PrintableText.Line(text)));
    }

    [Theory]
    [InlineData("\u001b[2J")]
    [InlineData("\u001b[8mha:////note")]
    [InlineData("\u001b[0;8mhidden")]
    [InlineData("\u001b[08mhidden")]
    [InlineData("\u001b[38;5;1;8mhidden")]
    [InlineData("\u001b[1A\u001b[2Kover")]
    [InlineData("\u001b]0;title\u0007")]
    [InlineData("\u001b]8;;http://x\u001b\\link")]
    [InlineData("\u001bc")]
    [InlineData("\u001b[\u001b[1m")]
    [InlineData("\u001b[1")]
    [InlineData("\u009b2J")]
    [InlineData("a\u0085b")]
    [InlineData("over\rwritten")]
    [InlineData("a\bb")]
    [InlineData("\u0005")]
    [InlineData("\0")]
    [InlineData("\u007f")]
    [InlineData("a\u2028b")]
    [InlineData("a\u2029b")]
    [InlineData("a\u202Eb")]
    [InlineData("a\u2067b")]
    [InlineData("section_start:1:x\r\u001b[0K")]
    public void A_control_character_is_found_and_made_visible(string text)
    {
        Assert.Equal(TextFlaw.ControlCharacter, PrintableText.FlawOf(text));
        string line = PrintableText.Line(text);
        Assert.NotEqual(text, line);
        Assert.DoesNotContain(line, c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202E' or '\u2067');
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_found()
    {
        Assert.Equal(TextFlaw.NotText, PrintableText.FlawOf("a\uD83D"));
        Assert.Equal("a\uFFFD", PrintableText.Line("a\uD83D"));
    }

    [Fact]
    public void A_message_has_one_line_and_no_colours()
    {
        Assert.Equal("a ␛[31mb c # #vso[x]", PrintableText.Line("a\n\u001b[31mb\r\nc ##vso[x]"));
        Assert.Equal("a\n: :warning::b", PrintableText.Lines("a\n::warning::b"));
        Assert.Equal("The entry x ␛]0;y # #[error] is damaged.", new BuildCacheException(ErrorId.BlobCorrupt, "The entry x\n\u001b]0;y ##[error] is damaged.").Message);
    }

    [Fact]
    public void It_takes_time_in_line_with_the_length()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        foreach (string piece in (string[])["##", "##a", "::a", "::a\n", "#\u200B", "\u200B", " ", "\u001b[1", "\u001b["])
        {
            PrintableText.Line(string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length)));
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
    }
}
