using System.Management.Automation;
using BuildCache.Sources;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that work with declared sources.</summary>
public abstract class SourceCommand : StoreCommand
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>The names of the sources; without one, all that buildcache.json declares.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>What the settings say of sources.</summary>
    protected SourceSettings Sources { get; private set; } = null!;

    /// <inheritdoc/>
    protected override object? Target => Name;

    /// <summary>Reads the settings of sources.</summary>
    protected virtual SourceSettings ReadSources() => SourceSettings.Read(Workspace);

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        Sources = ReadSources();
        TellRefused(Sources.Refused);
    }

    /// <summary>The declared sources of names; a name that is not declared is an error, and the others go on.</summary>
    protected IReadOnlyList<SourceDeclaration> Find(IEnumerable<string> names)
    {
        List<SourceDeclaration> found = [];
        foreach (string name in names)
        {
            try
            {
                found.Add(Sources.Find(name));
            }
            catch (BuildCacheException error)
            {
                Report(error, name);
            }
        }

        return found;
    }

    /// <summary>Warns of what came up, each thing once: a service that is away is away for every source.</summary>
    protected void Warn(IEnumerable<string> notices)
    {
        foreach (string notice in notices.Where(_told.Add))
        {
            WriteWarning(notice);
        }
    }
}
