using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.MSBuild.Session;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Tells why a compilation missed: by comparing its inputs with those of the latest entry of the same output.</summary>
internal static class MissReason
{
    /// <summary>The record with the reason.</summary>
    public static CompilationRecord Of(BuildSession session, CacheKey subject, CompilationInputs inputs, CompilationRecord record)
    {
        if (!session.Reads)
        {
            return record with { Reason = $"the mode is {session.Mode}" };
        }

        // The entry of a compilation whose outputs depend on more than its inputs has a further part.
        MissExplanation why = MissExplanation.OfAsync(session.Catalog, subject, mostFurtherParts: 2, inputs.Fingerprint).AsTask().GetAwaiter().GetResult();
        if (why.Unknown is { } unknown)
        {
            string? hint = why.IsFirst ? session.HintOfIdentity : null;
            return record with { Reason = hint is null ? unknown : $"{unknown}: {hint}", Hint = hint };
        }

        List<FingerprintDifference> differences = [.. why.Differences];
        // The order changes with every file that comes or goes; then that file is the reason.
        if (differences.Exists(difference => difference.Kind != "command line"))
        {
            differences.RemoveAll(difference => difference.Kind == "command line");
        }

        bool onlyPlace = differences.Count > 0 && differences.TrueForAll(difference => difference.Kind == "place");
        string reason = differences.Count == 0 ? "a file that the compiler found by itself changed, or the entry holds another folder's path"
            : onlyPlace ? $"it was made in another folder, and {inputs.Place.Reason}"
            : why.Describe(differences, inputs.Fingerprint);
        return record with
        {
            Reason = reason,
            OnlyPathDiffers = onlyPlace || differences.Count == 0,
            Hint = onlyPlace ? $"only because the folder is another: {inputs.Place.Reason}" : null,
            OnlyCommitDiffers = differences.Exists(IsOfCommit) && differences.TrueForAll(difference => IsOfCommit(difference) || difference.Kind == "reference"),
        };
    }

    // What the SDK derives from the commit: the informational version, among the generated assembly attributes, and SourceLink.
    private static bool IsOfCommit(FingerprintDifference difference) =>
        difference.Kind == "source link"
        || (difference.Kind is "source" or "embedded file" && Path.GetFileNameWithoutExtension(difference.Name).EndsWith(".AssemblyInfo", StringComparison.Ordinal));
}
