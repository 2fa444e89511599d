using System.Management.Automation;
using System.Text.Json;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>Turns what a script writes into recorded items and back. What comes back is all that is ever seen, recorded or not.</summary>
internal static class ItemForm
{
    // As deep as Export-Clixml goes.
    private const int Depth = 2;

    private const string NativeLine = "NativeCommandError";

    /// <summary>The recorded form of an object out of any stream.</summary>
    public static RecordedItem Of(PSObject? item) => item?.BaseObject switch
    {
        ErrorRecord error when error.FullyQualifiedErrorId.StartsWith(NativeLine, StringComparison.Ordinal) => new(CommandChannel.Error, error.Exception.Message),
        ErrorRecord error => new(CommandChannel.Error, JsonSerializer.Serialize(ErrorForm.Of(error)), IsObject: true),
        WarningRecord warning => new(CommandChannel.Warning, warning.Message),
        VerboseRecord verbose => new(CommandChannel.Verbose, verbose.Message),
        DebugRecord debug => new(CommandChannel.Debug, debug.Message),
        InformationRecord information => new(CommandChannel.Information, JsonSerializer.Serialize(InformationForm.Of(information)), IsObject: true),
        string text when !item.Properties.Any(property => property is PSNoteProperty) => new(CommandChannel.Output, text),
        _ => new(CommandChannel.Output, PSSerializer.Serialize(item, Depth), IsObject: true),
    };

    /// <summary>Whether an object, in its recorded form, holds a secure string.</summary>
    public static bool HoldsSecret(RecordedItem item) =>
        item.Data.Contains("<SS>", StringComparison.Ordinal) || item.Data.Contains("<SS ", StringComparison.Ordinal);

    /// <summary>An object of the output.</summary>
    public static object? ToObject(RecordedItem item) => item.IsObject ? PSSerializer.Deserialize(item.Data) : item.Data;

    /// <summary>An error, or a line that a program wrote to its standard error.</summary>
    public static ErrorRecord ToError(RecordedItem item) => item.IsObject && Read<ErrorForm>(item) is { } form
        ? form.ToRecord()
        : RecordedError.Make(item.Data, NativeLine, ErrorCategory.NotSpecified, null, nameof(RemoteException), item.Data, nameof(String));

    /// <summary>What was told the user.</summary>
    public static InformationRecord ToInformation(RecordedItem item) =>
        item.IsObject && Read<InformationForm>(item) is { } form ? form.ToRecord() : new InformationRecord(item.Data, "");

    // The store is not trusted: what cannot be read back is shown as it stands.
    private static T? Read<T>(RecordedItem item)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(item.Data);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is kept of an error. Where in a script it came from is not: the script may stand elsewhere by then.</summary>
    private sealed record ErrorForm(
        string? Message, string? Id, ErrorCategory Category, string? Activity, string? Reason, string? TargetName, string? TargetType, string? Details, string? Action)
    {
        public static ErrorForm Of(ErrorRecord error) => new(
            error.Exception.Message, error.FullyQualifiedErrorId, error.CategoryInfo.Category, error.CategoryInfo.Activity, error.CategoryInfo.Reason,
            error.CategoryInfo.TargetName, error.CategoryInfo.TargetType, error.ErrorDetails?.Message, error.ErrorDetails?.RecommendedAction);

        public ErrorRecord ToRecord()
        {
            ErrorRecord record = RecordedError.Make(Message ?? "", Id ?? "", Category, Activity, Reason, TargetName, TargetType);
            if (Details is not null || Action is not null)
            {
                record.ErrorDetails = new ErrorDetails(Details ?? Message ?? "") { RecommendedAction = Action ?? "" };
            }

            return record;
        }
    }

    /// <summary>What is kept of an information record: of Write-Host its colours too.</summary>
    private sealed record InformationForm(string? Text, bool IsForHost, ConsoleColor? Foreground, ConsoleColor? Background, bool NoNewLine, string? Data, string? Source, IReadOnlyList<string>? Tags)
    {
        public static InformationForm Of(InformationRecord record)
        {
            object? data = record.MessageData is PSObject wrapped ? wrapped.BaseObject : record.MessageData;
            return data is HostInformationMessage message
                ? new(message.Message, true, message.ForegroundColor, message.BackgroundColor, message.NoNewLine == true, null, record.Source, record.Tags)
                : new(data as string, false, null, null, false, data is string ? null : PSSerializer.Serialize(record.MessageData, Depth), record.Source, record.Tags);
        }

        public InformationRecord ToRecord()
        {
            object? data = IsForHost ? new HostInformationMessage { Message = Text ?? "", ForegroundColor = Foreground, BackgroundColor = Background, NoNewLine = NoNewLine }
                : Data is null ? Text : PSSerializer.Deserialize(Data);
            var record = new InformationRecord(data, Source ?? "");
            record.Tags.AddRange(Tags ?? []);
            return record;
        }
    }
}
