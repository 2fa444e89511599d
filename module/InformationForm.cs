using System.Management.Automation;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>What is kept of an information record: of Write-Host its colours too.</summary>
internal static class InformationForm
{
    private const string Host = "IsForHost";

    public static RecordedItem Of(InformationRecord record, ObjectForm form)
    {
        object? data = record.MessageData is PSObject wrapped ? wrapped.BaseObject : record.MessageData;
        var message = data as HostInformationMessage;
        RecordedBag bag = new(
            [
                (RecordedItem.Text, message is null ? null : new RecordedScalar(message.Message ?? "")),
                (Host, new RecordedScalar(message is not null)),
                ("Foreground", BagText.Of(message?.ForegroundColor?.ToString())),
                ("Background", BagText.Of(message?.BackgroundColor?.ToString())),
                ("Data", message is null ? form.Of(record.MessageData) : null),
                ("Source", BagText.Of(record.Source)),
                ("Tags", new RecordedList([.. record.Tags.Select(BagText.Of)], [])),
            ],
            []);
        return RecordedItem.OfValue(CommandChannel.Information, bag, isOpen: message?.NoNewLine == true);
    }

    public static InformationRecord ToRecord(RecordedItem item)
    {
        var bag = item.Value as RecordedBag;
        object? data = BagText.Find(bag, Host) is RecordedScalar { Value: true }
            ? new HostInformationMessage
            {
                Message = BagText.Get(bag, RecordedItem.Text) ?? "",
                ForegroundColor = ColourOf(BagText.Get(bag, "Foreground")),
                BackgroundColor = ColourOf(BagText.Get(bag, "Background")),
                NoNewLine = item.IsOpen,
            }
            : ObjectForm.ToObject(BagText.Find(bag, "Data"));
        var record = new InformationRecord(data, BagText.Get(bag, "Source") ?? "");
        record.Tags.AddRange((BagText.Find(bag, "Tags") as RecordedList)?.Items.OfType<RecordedScalar>().Select(tag => tag.Value).OfType<string>() ?? []);
        return record;
    }

    private static ConsoleColor? ColourOf(string? name) => Enum.TryParse(name, out ConsoleColor colour) && Enum.IsDefined(colour) ? colour : null;
}
