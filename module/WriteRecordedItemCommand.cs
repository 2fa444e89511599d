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
        RecordedItem item = InputObject?.BaseObject is RecordedItem recorded ? recorded : ItemForm.Of(InputObject);
        if (item.IsObject && item.Channel == CommandChannel.Output && ItemForm.HoldsSecret(item))
        {
            Run?.Refuse(new BuildCacheException(ErrorId.SecretInOutput, "The command gives out a secure string or a credential, which would be stored. It is not saved; keep the secret out of what the command gives out."));
        }

        Recorder?.Add(item);
        switch (item.Channel)
        {
            case CommandChannel.Output:
                WriteObject(ItemForm.ToObject(item));
                break;
            case CommandChannel.Error:
                // Errors of a pipeline inside of a cmdlet get lost where those of the cmdlet are redirected.
                Caller.WriteRecordedError(ItemForm.ToError(item), isLine: !item.IsObject);
                break;
            case CommandChannel.Warning:
                WriteWarning(item.Data);
                break;
            case CommandChannel.Verbose:
                WriteVerbose(item.Data);
                break;
            case CommandChannel.Debug:
                WriteDebug(item.Data);
                break;
            case CommandChannel.Information:
                WriteInformation(ItemForm.ToInformation(item));
                break;
        }
    }
}
