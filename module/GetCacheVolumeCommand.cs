using System.Management.Automation;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Gives the volume of a key, and makes it when it is first asked for; or lists all volumes.</summary>
[Cmdlet(VerbsCommon.Get, "CacheVolume", DefaultParameterSetName = All)]
[OutputType(typeof(CacheVolume))]
public sealed class GetCacheVolumeCommand : VolumeKeyCommand
{
    private const string All = "All";
    private const string ById = "Id";

    /// <summary>The parts of the key, from the most general to the most special; or a key, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByKey, ValueFromPipeline = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByParent)]
    [ValidateNotNull]
    public override object[] Key { get; set; } = [];

    /// <summary>The id of a volume that is here.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Id { get; set; } = "";

    /// <inheritdoc/>
    protected override object? Target => ParameterSetName == ById ? Id : base.Target;

    /// <inheritdoc/>
    protected override void Process()
    {
        if (ParameterSetName == All)
        {
            WriteObject(Volumes.List(), enumerateCollection: true);
        }
        else
        {
            WriteObject(ParameterSetName == ById ? new VolumeArgument(Id).Resolve(Volumes) : VolumeOfKey());
        }
    }
}
