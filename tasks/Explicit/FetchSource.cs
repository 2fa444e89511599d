using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace BuildCache.MSBuild;

/// <summary>Puts sources at their refs into their directories, as the cmdlet <c>Save-Source</c> does. It never looks for a newer ref.</summary>
public sealed class FetchSource : SourceTask
{
    /// <summary>Whether what stands in a directory gives way, whatever it is.</summary>
    public bool Replace { get; set; }

    /// <summary>The sources, with metadata <c>Destination</c>, <c>Ref</c>, <c>Uri</c> and <c>AnsweredBy</c>, which says where the content came from.</summary>
    [Output]
    public ITaskItem[] Staged { get; private set; } = [];

    private protected override void Run(IReadOnlyList<(ITaskItem Item, SourceDeclaration Source)> sources)
    {
        SourceStager stager = Stager(Settings.Push && Settings.AssetService is not null, remembers: true);
        List<ITaskItem> staged = [];
        ForEach(sources, (source, cancellation) => stager.StageAsync(source, SourceDirectory.Of(Workspace, source), Replace, cancellationToken: cancellation), (item, result) =>
        {
            Warn(result.Notices);
            if (result.From != SourceOrigin.UpToDate)
            {
                Log.LogMessage(MessageImportance.Normal, "{0}", $"BuildCache: {result.Name} at {result.Ref} -> {result.Directory} ({result.From})");
            }

            var output = new TaskItem(item);
            output.SetMetadata("Destination", result.Directory);
            output.SetMetadata("Ref", result.Ref);
            output.SetMetadata("Uri", result.Uri ?? "");
            output.SetMetadata("AnsweredBy", result.From.ToString());
            staged.Add(output);
        });
        Staged = [.. staged];
    }
}
