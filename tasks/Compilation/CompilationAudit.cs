using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Compares what a compiler made with what the cache has for the same inputs.</summary>
internal static class CompilationAudit
{
    /// <summary>The record of the comparison. A difference is a warning.</summary>
    public static CompilationRecord Of(IBuildEngine10 engine, BuildSession session, CacheKey key, IReadOnlyList<WrittenFile> written, CompilationRecord record)
    {
        if (session.Catalog.FindAsync(key).AsTask().GetAwaiter().GetResult().Entry is not { } entry)
        {
            return record;
        }

        List<string> different = [.. written.Where(file => entry.Paths.FirstOrDefault(saved => saved.Path == file.Name)?.Digest != file.Digest).Select(file => file.Name)];
        if (different.Count == 0)
        {
            return record with { Outcome = CompilationOutcome.Audited, Reason = "the same as in the cache" };
        }

        string names = string.Join(", ", different);
        session.WarnOnce(engine, new BuildCacheException(ErrorId.AuditDifference,
            $"Compiling {record.Target} again gave other bytes for equal inputs ({names}). An analyzer or a generator of it is not repeatable, or depends on its folder; leave the project out of the cache by BuildCacheMode=Off until that is mended."));
        return record with { Outcome = CompilationOutcome.Audited, Reason = $"differs from the cache in: {names}" };
    }
}
