using System.Diagnostics;
using System.Net.Sockets;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Resources;

[Collection(typeof(EnvironmentAlone))]
public sealed class SshAgentResourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task The_set_of_keys_counts_and_nothing_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The agents of these tests have sockets.");
        string one = _folder.PathOf("one"), two = _folder.PathOf("two"), renamed = _folder.PathOf("renamed");
        using var agent = new SshAgent(_folder.PathOf("a.sock"));
        using var moved = new SshAgent(_folder.PathOf("b.sock"));
        SshAgent.MakeKey(one, "first comment");
        SshAgent.MakeKey(two, "of another kind", "ecdsa");
        ResourceId empty = await IdAsync(agent);
        Assert.Equal(empty, await IdAsync(moved));

        ResourceId ofOne = await IdAsync(agent.Add(one));
        ResourceId ofBoth = await IdAsync(agent.Add(two));
        Assert.Equal(3, new[] { empty, ofOne, ofBoth }.Distinct().Count());

        // The same keys, in another order, with other comments, at another socket.
        File.Copy(one, renamed);
        Assert.Equal(0, Tool.Run("ssh-keygen", ["-q", "-c", "-C", "another comment", "-P", "", "-f", renamed])?.ExitCode);
        moved.Add(two).Add(renamed);
        Assert.Contains("another comment", moved.List(), StringComparison.Ordinal);
        Assert.Equal(ofBoth, await IdAsync(moved));
        Assert.Equal(empty, await IdAsync(moved.RemoveAll()));
    }

    [Fact]
    public async Task The_agent_of_the_environment_is_asked_and_a_name_takes_the_place_of_its_keys()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The agents of these tests have sockets.");
        using var agent = new SshAgent(_folder.PathOf("a.sock"));
        using var environment = new EnvironmentGuard();
        environment.Set(SshAgentResource.SocketVariable, agent.Socket);
        ResourceId empty = await SshAgentResource.IdentifyAsync();
        ResourceId named = await SshAgentResource.IdentifyAsync(name: "deploy");
        Assert.Equal((ResourceKind.SshAgent, "", "deploy"), (empty.Kind, empty.Name, named.Name));

        SshAgent.MakeKey(_folder.PathOf("key"), "");
        agent.Add(_folder.PathOf("key"));
        Assert.NotEqual(empty, await SshAgentResource.IdentifyAsync());
        Assert.Equal(named, await SshAgentResource.IdentifyAsync(name: "deploy"));

        environment.Set(SshAgentResource.SocketVariable, null);
        BuildCacheException error = await Fails.WithAsync(ErrorId.ResourceNotFound, async () => await SshAgentResource.IdentifyAsync(name: "deploy"));
        Assert.Contains(SshAgentResource.SocketVariable, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_there_is_no_agent()
    {
        string left = _folder.PathOf("left.sock");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(left));
        }

        foreach (string place in (string[])[left, _folder.PathOf("none"), _folder.File("file"), "/" + new string('x', 200)])
        {
            await Fails.WithAsync(ErrorId.ResourceNotFound, async () => await SshAgentResource.IdentifyAsync(place));
        }
    }

    [Theory]
    [InlineData("00000005 0C00000000", true)]
    [InlineData("00000001 05", false)]
    [InlineData("00000000", false)]
    [InlineData("FFFFFFFF 0C", false)]
    [InlineData("00040001 0C", false)]
    [InlineData("00000005 0CFFFFFFFF", false)]
    [InlineData("00000006 0C0000000000", false)]
    [InlineData("00000003 0C0000", false)]
    [InlineData("0000000D 0C00000001FFFFFFFF00000000", false)]
    [InlineData("0000000D 0C000000010000000000000000", true)]
    [InlineData("0000000D 0C0000000100000000", false)]
    [InlineData("00", false)]
    [InlineData("", false)]
    public async Task An_answer_is_checked_before_it_is_believed(string hex, bool isGood)
    {
        using var agent = new BoundSocket(_folder.PathOf("a.sock"));
        Task answering = AnswerAsync(agent, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        if (isGood)
        {
            await SshAgentResource.IdentifyAsync(agent.Path);
        }
        else
        {
            await Fails.WithAsync(ErrorId.ResourceNotFound, async () => await SshAgentResource.IdentifyAsync(agent.Path));
        }

        await answering;
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_none_after_a_while()
    {
        using var agent = new BoundSocket(_folder.PathOf("a.sock"));
        long started = Stopwatch.GetTimestamp();

        BuildCacheException error = await Fails.WithAsync(ErrorId.ResourceNotFound,
            async () => await SshAgentResource.IdentifyAsync(agent.Path, null, TimeSpan.FromSeconds(0.3), CancellationToken.None));

        Assert.Contains("within 0.3 s", error.Message, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.2, 4);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await SshAgentResource.IdentifyAsync(agent.Path, cancellationToken: stop.Token));
    }

    private static async ValueTask<ResourceId> IdAsync(SshAgent agent) => await SshAgentResource.IdentifyAsync(agent.Socket);

    private static async Task AnswerAsync(BoundSocket agent, byte[] answer)
    {
        using Socket client = await agent.AcceptAsync();
        byte[] request = new byte[5];
        await client.ReceiveAsync(request);
        Assert.Equal([0, 0, 0, 1, 11], request);
        await client.SendAsync(answer);
    }

    public void Dispose() => _folder.Dispose();
}
