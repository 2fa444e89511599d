using System.ComponentModel;
using System.Management.Automation;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>Writes what a cached command writes, as it comes or as it was recorded. It is not exported: <c>Invoke-CachedCommand</c> puts it at the end of its pipelines.</summary>
[Cmdlet(VerbsCommunications.Write, "RecordedItem")]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class WriteRecordedItemCommand : PSCmdlet
{
    internal const string Name = "Write-RecordedItem";

    /// <summary>What a command wrote, on any stream, or a recorded item.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public PSObject? InputObject { get; set; }

    /// <summary>Takes down what is written, or nothing.</summary>
    [Parameter]
    public CommandRecorder? Recorder { get; set; }

    /// <summary>The run that is recorded.</summary>
    [Parameter]
    public CommandRun? Run { get; set; }

    /// <summary>The command that this is done for.</summary>
    [Parameter(Mandatory = true)]
    public InvokeCachedCommandCommand Caller { get; set; } = null!;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        BuildCacheException? obstacle = null;
        RecordedItem item = InputObject?.BaseObject is RecordedItem recorded ? recorded : ItemForm.Of(InputObject, out obstacle);
        if (obstacle is not null)
        {
            Run?.Refuse(obstacle);
        }

        Recorder?.Add(item);
        switch (item.Channel)
        {
            case CommandChannel.Output:
                // What is not kept is given out as it is: no hit will have to be like it.
                WriteObject(obstacle is null ? ItemForm.ToObject(item) : InputObject);
                break;
            case CommandChannel.Error:
                // Errors of a pipeline inside of a cmdlet get lost where those of the cmdlet are redirected.
                Caller.WriteRecordedError(ItemForm.ToError(item), isLine: !item.IsObject);
                break;
            case CommandChannel.Warning:
                WriteWarning(ItemForm.TextOf(item));
                break;
            case CommandChannel.Verbose:
                WriteVerbose(ItemForm.TextOf(item));
                break;
            case CommandChannel.Debug:
                WriteDebug(ItemForm.TextOf(item));
                break;
            case CommandChannel.Information:
                WriteInformation(obstacle is not null && InputObject?.BaseObject is InformationRecord live ? live : ItemForm.ToInformation(item));
                break;
        }
    }
}
