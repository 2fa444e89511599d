namespace BuildCache.Tests.Stores.Suite;

/// <summary>No fault on the way makes a wrong byte, and none costs an entry.</summary>
public abstract class FaultSuite<TBackend>(TBackend backend) : IClassFixture<TBackend>
    where TBackend : Backend
{
    [Theory]
    [MemberData(nameof(FaultRun.Names), MemberType = typeof(FaultRun))]
    public async Task A_fault_on_the_way_harms_nothing(string fault)
    {
        if (backend.Unavailable is { } reason)
        {
            Assert.Skip(reason);
        }

        FaultOutcome outcome = await FaultRun.RunAsync(backend, fault, tries: 2);

        Assert.Equal((0, 0), (outcome.Wrong, outcome.Lost));
        Assert.True(fault == "none" || outcome.Applied > 0, "The fault was never applied.");
        Assert.True(fault != "none" || outcome.Right == 4, string.Join('\n', outcome.Messages));
        Assert.All(outcome.Messages, message => Assert.DoesNotContain(backend.Secrets, secret => message.Contains(secret, StringComparison.Ordinal)));
    }
}
