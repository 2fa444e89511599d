using System.Management.Automation;
using BuildCache.Sources;
using BuildCache.Sources.Mirroring;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that work on a mirror of the declared sources.</summary>
public abstract class SourceMirrorCommand : CacheCommand
{
    private readonly List<string> _names = [];
    private SourceSettings _settings = null!;

    /// <summary>The mirror: a folder, or a prefix in a bucket as in <c>s3://bucket/prefix?region=…</c>; to test one, also where a web server serves it.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Path", "Target")]
    [ValidateNotNullOrEmpty]
    public string Mirror { get; set; } = "";

    /// <summary>The names of the sources. Without it, all that are declared.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>The mirror, with a full path.</summary>
    private protected string Address { get; private set; } = "";

    /// <summary>The mirror without what may be secret, for people.</summary>
    private protected string Place => Address.Split('?')[0];

    /// <summary>Does the work.</summary>
    private protected SourceMirroring Mirroring { get; private set; } = null!;

    /// <summary>What an error is about.</summary>
    private protected string? About { get; set; }

    /// <inheritdoc/>
    protected override object? Target => About ?? Place;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        Address = new StoreArgument(FullPath, IsDrive).Resolve([Mirror])
            ?? throw new BuildCacheException(ErrorId.InvalidStoreUri, "The mirror has no name. Give a folder, or a URI as in 's3://bucket/prefix?region=eu-north-1'.");
        _settings = SourceSettings.Read(Workspace);
        Mirroring = new SourceMirroring(_settings.Places.Aliases);
    }

    /// <inheritdoc/>
    protected override void Process() => _names.AddRange(Name ?? []);

    /// <summary>The sources that are asked for; through a pipeline that none comes through, none.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.SourceNotDeclared"/>.</exception>
    private protected IReadOnlyList<SourceDeclaration> Sources() =>
        _names.Count == 0 && !MyInvocation.ExpectingInput ? _settings.Sources : [.. _names.Distinct(StringComparer.Ordinal).Select(_settings.Find)];
}
