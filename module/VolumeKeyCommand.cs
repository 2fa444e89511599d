using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that a volume can be named to by its key and options; it is made when it is not there.</summary>
public abstract class VolumeKeyCommand : VolumeCommand
{
    /// <summary>The parameter set of a key in a scope.</summary>
    protected const string ByKey = "Key";

    /// <summary>The parameter set of a key below another one.</summary>
    protected const string ByParent = "Parent";

    /// <summary>The parts of the key, from the most general to the most special; or a key, or its id.</summary>
    public abstract object[] Key { get; set; }

    /// <summary>Whom the volume is shared with, for example 'project' or 'team:core,branch:main'.</summary>
    [Parameter(ParameterSetName = ByKey)]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    /// <summary>The volume or the key, or the id of one, whose scope and parts the key begins with.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByParent)]
    [ValidateNotNull]
    public VolumeParent Parent { get; set; } = null!;

    /// <summary>The directory that a new volume starts as a copy of.</summary>
    [Parameter(ParameterSetName = ByKey)]
    [Parameter(ParameterSetName = ByParent)]
    [ValidateNotNullOrEmpty]
    public string? Source { get; set; }

    /// <summary>Who may use the volume at the same time.</summary>
    [Parameter(ParameterSetName = ByKey)]
    [Parameter(ParameterSetName = ByParent)]
    public VolumeSharing Sharing { get; set; } = VolumeSharing.Shared;

    /// <inheritdoc/>
    protected override object? Target => Key;

    /// <summary>Gives the volume that the parameters name.</summary>
    protected CacheVolume VolumeOfKey()
    {
        CacheKey key = ParameterSetName == ByParent && Parent.Resolve() is var parent
            ? CacheKey.Create(parent.Scope, [.. parent.Parts, .. VolumeKey.Parts(Key)])
            : KeyInScope();
        string? seed = Source is null ? null : FullPath(Source);
        var identity = new VolumeIdentity(key, Sharing, seed is null ? null : VolumeIdentity.NameSource(Workspace, seed), VolumeRun.Current);
        return Await(cancellation => ValueTask.FromResult(Volumes.Get(identity, seed, cancellation)));
    }

    private CacheKey KeyInScope()
    {
        CacheKey key = VolumeKey.Read(Key, () => CacheSettings.Resolve(Workspace, scope: Scope).Scope);
        return Scope is null ? key : key.In(CacheSettings.Resolve(Workspace, scope: Scope).Scope);
    }
}
