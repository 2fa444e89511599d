using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace BuildCache.MSBuild;

/// <summary>Tells an asset service of sources at their refs, as the cmdlet <c>Publish-SourceRef</c> does.</summary>
public sealed class PublishSourceRef : SourceTask
{
    /// <summary>The sources that were published, with metadata <c>Ref</c>, <c>Digest</c> and <c>AnsweredBy</c>, which says where the content came from.</summary>
    [Output]
    public ITaskItem[] Published { get; private set; } = [];

    private protected override void Run(IReadOnlyList<(ITaskItem Item, SourceDeclaration Source)> sources)
    {
        var publisher = new SourcePublisher(Settings.Places, Stager(), Service);
        List<ITaskItem> published = [];
        ForEach(sources, (source, cancellation) => publisher.PublishAsync(source, tracked: null, cancellationToken: cancellation), (item, result) =>
        {
            Warn(result.Notices);
            var output = new TaskItem(item);
            output.SetMetadata("Ref", result.Ref);
            output.SetMetadata("Digest", result.Digest.ToString());
            output.SetMetadata("AnsweredBy", result.From.ToString());
            published.Add(output);
        });
        Published = [.. published];
    }
}
