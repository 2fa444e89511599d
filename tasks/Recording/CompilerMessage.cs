using BuildCache.Content;
using BuildCache.MSBuild.Compilation;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Recording;

/// <summary>One message of a compiler as the build saw it: a warning, or a message of some importance.</summary>
internal sealed record CompilerMessage(
    bool IsWarning, MessageImportance Importance, string? Subcategory, string? Code, string? File, int Line, int Column, int EndLine, int EndColumn,
    string? Text, string? HelpKeyword, string? HelpLink, string? Sender)
{
    private const char EscapedBrace = '\u0002';

    public static CompilerMessage Of(BuildWarningEventArgs warning) => new(
        true, MessageImportance.Normal, warning.Subcategory, warning.Code, warning.File, warning.LineNumber, warning.ColumnNumber,
        warning.EndLineNumber, warning.EndColumnNumber, warning.Message, warning.HelpKeyword, warning.HelpLink, warning.SenderName);

    public static CompilerMessage Of(BuildMessageEventArgs message) => new(
        false, message.Importance, message.Subcategory, message.Code, message.File, message.LineNumber, message.ColumnNumber,
        message.EndLineNumber, message.EndColumnNumber, message.Message, message.HelpKeyword, null, message.SenderName);

    /// <summary>The same message with the places of the workspace, the packages and the SDK taken out.</summary>
    public CompilerMessage Normalise(PathRoots roots) => this with
    {
        File = File is null ? null : roots.Normalise(File),
        // A brace of the compiler's own is not to be taken for the start of a root's name later.
        Text = Text is null ? null : roots.NormaliseText(Text.Replace('{', EscapedBrace)),
    };

    /// <summary>Undoes <see cref="Normalise"/> for this build.</summary>
    public CompilerMessage Localise(PathRoots roots) => this with
    {
        File = File is null ? null : roots.Localise(File),
        Text = Text is null ? null : roots.LocaliseText(Text).Replace(EscapedBrace, '{'),
    };

    /// <summary>The same message as it may be printed: it came out of a store, and its text may have lines of its own, but nothing else.</summary>
    public CompilerMessage Neutralise() => this with
    {
        Subcategory = OneLine(Subcategory),
        Code = OneLine(Code),
        File = LineStart(File),
        Text = Text is null ? null : PrintableText.Lines(Text),
        HelpKeyword = OneLine(HelpKeyword),
        HelpLink = OneLine(HelpLink),
        Sender = OneLine(Sender),
    };

    // The build prints it first, and the rest behind it: "::name" here and "::" in the text would be a command together.
    private static string? LineStart(string? text) => text is null ? null : PrintableText.Line(text + "::")[..^2];

    private static string? OneLine(string? text) => text is null ? null : PrintableText.Line(text);

    /// <summary>Says it to a build.</summary>
    public void Replay(IBuildEngine engine)
    {
        if (IsWarning)
        {
            engine.LogWarningEvent(new BuildWarningEventArgs(Subcategory, Code, File, Line, Column, EndLine, EndColumn, Text, HelpKeyword, Sender, HelpLink, DateTime.UtcNow));
        }
        else
        {
            engine.LogMessageEvent(new BuildMessageEventArgs(Subcategory, Code, File, Line, Column, EndLine, EndColumn, Text, HelpKeyword, Sender, Importance));
        }
    }
}
