using BuildCache.Tests.Stores.Suite;

namespace BuildCache.Tests.Stores.Signing;

/// <summary>CVE-2025-36852: where signatures are required an attacker who can write to the store gets nothing into main, and where they are not, gets in.</summary>
public abstract class PoisoningTests<TBackend>(TBackend backend) : IClassFixture<TBackend>, IDisposable
    where TBackend : Backend
{
    private readonly Poisoning _run = new(backend);

    [Theory]
    [MemberData(nameof(Poisoning.Names), MemberType = typeof(Poisoning))]
    public async Task A_poisoned_entry_is_absent_where_signatures_are_required_and_mains_save_stands(string attack)
    {
        Assert.SkipWhen(backend.Unavailable is not null, backend.Unavailable ?? "");

        PoisoningOutcome seen = await _run.RunAsync(attack);

        Assert.Equal(new PoisoningOutcome(attack, "the attacker's assembly", null, true, true, "main's own assembly", "main's own assembly"), seen);
    }

    [Fact]
    public async Task A_restore_key_passes_over_newer_entries_of_the_attacker()
    {
        Assert.SkipWhen(backend.Unavailable is not null, backend.Unavailable ?? "");

        PoisoningOutcome seen = await _run.RunByRestoreKeyAsync();

        Assert.Equal(new PoisoningOutcome("restore keys", "the attacker's assembly", "main's own assembly", true, true, "main's own assembly", "main's own assembly"), seen);
    }

    public void Dispose()
    {
        _run.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <inheritdoc/>
public sealed class FolderPoisoningTests(FolderBackend backend) : PoisoningTests<FolderBackend>(backend);

/// <inheritdoc/>
public sealed class MotoPoisoningTests(MotoBackend backend) : PoisoningTests<MotoBackend>(backend);

/// <inheritdoc/>
public sealed class RadosgwPoisoningTests(RadosgwBackend backend) : PoisoningTests<RadosgwBackend>(backend);

/// <inheritdoc/>
public sealed class CasdPoisoningTests(CasdBackend backend) : PoisoningTests<CasdBackend>(backend);

/// <inheritdoc/>
public sealed class GitHubPoisoningTests(GitHubBackend backend) : PoisoningTests<GitHubBackend>(backend);
