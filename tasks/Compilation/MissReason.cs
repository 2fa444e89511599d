using System.Globalization;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.MSBuild.Session;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Tells why a compilation missed: by comparing its inputs with those of the latest entry of the same output.</summary>
internal static class MissReason
{
    private const int Shown = 5;

    /// <summary>The record with the reason. A failure of the store here is not reported and does not prevent the save.</summary>
    public static CompilationRecord Of(BuildSession session, CacheKey subject, CompilationInputs inputs, CompilationRecord record)
    {
        if (!session.Reads)
        {
            return record with { Reason = $"the mode is {session.Mode}" };
        }

        try
        {
            return session.Catalog.Store.Entries.HasRestoreKeys ? Explain(session, subject, inputs, record) : record with { Reason = "the cache does not have it, and cannot be asked for similar ones" };
        }
        catch (BuildCacheException error)
        {
            return record with { Reason = $"the cache could not tell why: {error.Message}" };
        }
    }

    private static CompilationRecord Explain(BuildSession session, CacheKey subject, CompilationInputs inputs, CompilationRecord record)
    {
        CacheEntry? earlier = session.Catalog.ListAsync(subject).ToBlockingEnumerable().FirstOrDefault(entry => entry.Key.Parts[1] == subject.Parts[1]);
        if (earlier is null)
        {
            return record with { Reason = "the cache has nothing of it yet" + (session.HintOfIdentity is { } hint ? ": " + hint : ""), Hint = session.HintOfIdentity };
        }

        if (TryReadFingerprint(session, earlier) is not { } before)
        {
            return record with { Reason = "the cache has lost what it knew of it" };
        }

        List<FingerprintDifference> differences = [.. inputs.Fingerprint.DifferencesFrom(before)];
        // The order changes with every file that comes or goes; then that file is the reason.
        if (differences.Exists(difference => difference.Kind != "command line"))
        {
            differences.RemoveAll(difference => difference.Kind == "command line");
        }

        bool onlyPlace = differences.Count > 0 && differences.TrueForAll(difference => difference.Kind == "place");
        string reason = differences.Count == 0 ? "a file that the compiler found by itself changed, or the entry holds another folder's path"
            : onlyPlace ? $"it was made in another folder, and {inputs.Place.Reason}"
            : string.Create(CultureInfo.InvariantCulture, $"{differences.Count} of {inputs.Fingerprint.Inputs.Length} inputs differ from the entry of {earlier.Created:u}: ")
                + string.Join(", ", differences.Take(Shown)) + (differences.Count > Shown ? ", …" : "");
        return record with
        {
            Reason = reason,
            OnlyPathDiffers = onlyPlace || differences.Count == 0,
            Hint = onlyPlace ? $"only because the folder is another: {inputs.Place.Reason}" : null,
            OnlyCommitDiffers = differences.Exists(IsOfCommit) && differences.TrueForAll(difference => IsOfCommit(difference) || difference.Kind == "reference"),
        };
    }

    private static Fingerprint? TryReadFingerprint(BuildSession session, CacheEntry entry)
    {
        try
        {
            return session.Catalog.ReadFingerprintAsync(entry).AsTask().GetAwaiter().GetResult();
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            return null;
        }
    }

    // What the SDK derives from the commit: the informational version, among the generated assembly attributes, and SourceLink.
    private static bool IsOfCommit(FingerprintDifference difference) =>
        difference.Kind == "source link"
        || (difference.Kind is "source" or "embedded file" && Path.GetFileNameWithoutExtension(difference.Name).EndsWith(".AssemblyInfo", StringComparison.Ordinal));
}
