using System.Management.Automation;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;

namespace BuildCache.PowerShell;

/// <summary>Puts sources at their refs into directories.</summary>
[Cmdlet(VerbsData.Save, "Source", DefaultParameterSetName = Declared, SupportsShouldProcess = true)]
[OutputType(typeof(StagedSource))]
public sealed class SaveSourceCommand : SourceRefCommand
{
    private readonly Dictionary<SourceDeclaration, string> _directories = new(ReferenceEqualityComparer.Instance);

    /// <summary>The directory that is to hold the source. By default what its declaration says, else its name in 'sources' of the workspace.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The commit or checksum, in place of the declared one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Ref { get; set; }

    /// <summary>Replaces what stands in the directory.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Tells the asset service of what came from a mirror or the origin.</summary>
    [Parameter]
    public SwitchParameter Push { get; set; }

    /// <inheritdoc/>
    private protected override SourceDeclaration Adjust(SourceDeclaration source) => Ref is null ? source : source with { Ref = Ref };

    /// <inheritdoc/>
    protected override void Complete()
    {
        bool pushes = Push.IsPresent ? Push : Sources.Push && Sources.AssetService is not null;
        // Asked for and not named is an error before anything is fetched.
        string publishes = pushes && Selected.Count > 0 ? $" and publish it to {Service.Name}" : "";
        List<SourceDeclaration> approved = [.. Selected.Where(Place).Where(source => ShouldProcess(_directories[source], $"Stage the source {source.Name} at {source.Ref}{publishes}"))];
        if (approved.Count == 0)
        {
            return;
        }

        SourceStager stager = Stager(pushes, remembers: true);
        foreach ((SourceDeclaration source, (StagedSource? staged, BuildCacheException? failure)) in approved.Zip(
            ForEach(approved, (source, cancellation) => stager.StageAsync(source, _directories[source], Force, cancellationToken: cancellation))))
        {
            if (failure is not null)
            {
                Report(failure, source.Name);
                continue;
            }

            Warn(staged!.Notices);
            WriteObject(staged);
        }
    }

    private bool Place(SourceDeclaration source)
    {
        try
        {
            string directory = Path is null ? SourceDirectory.Of(Workspace, source) : FullPath(Path);
            if ((Workspace.Root + System.IO.Path.DirectorySeparatorChar).StartsWith(System.IO.Path.TrimEndingDirectorySeparator(directory) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new BuildCacheException(ErrorId.InvalidSetting, $"'{directory}' holds the workspace itself, and no source can be put in its place. Name a directory for the source {source}.");
            }

            if (_directories.ContainsValue(directory))
            {
                throw new BuildCacheException(ErrorId.InvalidSetting, $"The source {source} would be put into '{directory}', and another of these sources too. {(Path is null ? $"Give one another '{SourceDirectory.Option}'." : "Give -Path for one source at a time.")}");
            }

            _directories[source] = directory;
            return true;
        }
        catch (BuildCacheException error)
        {
            Report(error, source.Name);
            return false;
        }
    }
}
