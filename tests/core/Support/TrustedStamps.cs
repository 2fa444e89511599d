using BuildCache.Files;

namespace BuildCache.Tests.Support;

/// <summary>Takes every stamp for settled, for tests of what a hash memory does with files that were written just now.</summary>
internal sealed class TrustedStamps() : StampTrust("", TimeProvider.System)
{
    public override bool ShowsWrites(string path, in FileStamp stamp) => true;
}
