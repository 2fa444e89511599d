using System.Management.Automation;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>Turns what a script writes into recorded items and back. What comes back is all that is ever seen, recorded or not.</summary>
internal static class ItemForm
{
    private const string NativeLine = "NativeCommandError";

    /// <summary>The recorded form of an object out of any stream.</summary>
    /// <param name="item">The object.</param>
    /// <param name="obstacle">Why it must not be kept, or <see langword="null"/>.</param>
    public static RecordedItem Of(PSObject? item, out BuildCacheException? obstacle)
    {
        var form = new ObjectForm();
        RecordedItem recorded = item?.BaseObject switch
        {
            ErrorRecord error when error.FullyQualifiedErrorId.StartsWith(NativeLine, StringComparison.Ordinal) && IsLine(error.Exception.Message) => new(CommandChannel.Error, error.Exception.Message),
            ErrorRecord error => RecordedItem.OfValue(CommandChannel.Error, ErrorForm.Of(error)),
            WarningRecord warning => Text(CommandChannel.Warning, warning.Message),
            VerboseRecord verbose => Text(CommandChannel.Verbose, verbose.Message),
            DebugRecord debug => Text(CommandChannel.Debug, debug.Message),
            InformationRecord information => InformationForm.Of(information, form),
            string text when !item.Properties.Any(property => property is PSNoteProperty) => Text(CommandChannel.Output, text),
            _ => RecordedItem.OfValue(CommandChannel.Output, form.Of(item)),
        };
        obstacle = form.Obstacle;
        return recorded;
    }

    /// <summary>The text of a warning or of something else that is only text.</summary>
    public static string TextOf(RecordedItem item) => item.Line ?? (item.Value as RecordedScalar)?.Value as string ?? "";

    /// <summary>An object of the output.</summary>
    public static object? ToObject(RecordedItem item) => item.Line ?? ObjectForm.ToObject(item.Value);

    /// <summary>An error, or a line that a program wrote to its standard error.</summary>
    public static ErrorRecord ToError(RecordedItem item) => item.Line is { } line
        ? RecordedError.Make(line, NativeLine, ErrorCategory.NotSpecified, null, nameof(RemoteException), line, nameof(String))
        : ErrorForm.ToRecord(item.Value as RecordedBag);

    /// <summary>What was told the user.</summary>
    public static InformationRecord ToInformation(RecordedItem item) =>
        item.Value is RecordedBag ? InformationForm.ToRecord(item) : new InformationRecord(TextOf(item), "");

    private static RecordedItem Text(CommandChannel channel, string? text) =>
        IsLine(text ??= "") ? new RecordedItem(channel, text) : RecordedItem.OfValue(channel, new RecordedScalar(text));

    private static bool IsLine(string text) => !text.AsSpan().ContainsAny('\r', '\n');
}
