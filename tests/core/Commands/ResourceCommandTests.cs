using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using BuildCache.Tests.Resources;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>Commands that use what cannot be hashed are shared only by those who use the same.</summary>
public sealed class ResourceCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ResourceCommandTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Mount namespaces are Linux's.");

    private string Store => _folder.PathOf("store");

    private string Log => _folder.PathOf("log");

    private int Runs => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    // What made one engine run the command of two clients once, against the socket of one of them.
    [Theory]
    [InlineData("", 2)]
    [InlineData("=database", 1)]
    public async Task Two_clients_with_a_socket_each_at_the_same_path_at_the_same_time(string name, int runs)
    {
        Assert.SkipUnless(Tool.Run("unshare", ["--map-root-user", "--mount", "true"]) is { ExitCode: 0 }, "Mount namespaces cannot be had here.");
        using var one = new SpeakingSocket(_folder.Folder("a") + "/s.sock", "one");
        using var two = new SpeakingSocket(_folder.Folder("b") + "/s.sock", "two");
        string run = _folder.Folder("run");
        string path = Path.Combine(run, "s.sock");
        // It takes a while, so that both are under way at once.
        string line = $"echo run >> '{Log}'; sleep 1; {CommandWorker.LineToAsk(path)}";

        Process[] clients = [.. ((string[])["a", "b"]).Select(own =>
            CommandWorker.StartWithMount(_folder.PathOf(own), run, Store, _folder.Folder($"work-{own}"), line, $"socket={path}{name}"))];
        string[] said = await Task.WhenAll(clients.Select(client => CommandWorker.FinishAsync(client)));

        Assert.Equal(runs, Runs);
        if (runs == 2)
        {
            Assert.Equal(["one", "two"], said.Select(text => text.Trim()));
        }
        else
        {
            Assert.Single(said.Distinct());
        }
    }

    [Fact]
    public async Task A_secret_of_the_same_name_with_another_value_runs_it_again()
    {
        string variable = $"BUILDCACHE_TEST_{Guid.NewGuid():n}";
        string line = $"echo run >> '{Log}'; echo ${{#{variable}}}";
        async Task<string> UseAsync(string value)
        {
            Environment.SetEnvironmentVariable(variable, value);
            return await CommandWorker.FinishAsync(CommandWorker.Start(Store, _folder.Folder("work"), line, $"secret={variable}"));
        }

        try
        {
            Assert.Equal(["3\n", "5\n", "3\n"], [await UseAsync("abc"), await UseAsync("abcde"), await UseAsync("abc")]);
            Assert.Equal(2, Runs);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task An_agent_that_has_moved_with_its_keys_is_the_same()
    {
        SshAgent.MakeKey(_folder.PathOf("key"), "mine");
        string line = $"echo run >> '{Log}'";
        async Task UseAsync(string socket, params string[] keys)
        {
            using SshAgent agent = new SshAgent(_folder.PathOf(socket)).Add(keys);
            ProcessStartInfo start = CommandWorker.StartInfo(Store, _folder.Folder("work"), line, "agent");
            start.Environment["SSH_AUTH_SOCK"] = agent.Socket;
            await CommandWorker.FinishAsync(Process.Start(start)!);
        }

        await UseAsync("1.sock", _folder.PathOf("key"));
        await UseAsync("moved.sock", _folder.PathOf("key"));
        Assert.Equal(1, Runs);
        SshAgent.MakeKey(_folder.PathOf("other"), "other");
        await UseAsync("2.sock", _folder.PathOf("other"));
        Assert.Equal(2, Runs);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A socket that says one thing to everybody.</summary>
    private sealed class SpeakingSocket : IDisposable
    {
        private readonly BoundSocket _socket;

        public SpeakingSocket(string path, string text)
        {
            _socket = new BoundSocket(path);
            _ = SpeakAsync(Encoding.UTF8.GetBytes(text));
        }

        public void Dispose() => _socket.Dispose();

        private async Task SpeakAsync(byte[] text)
        {
            try
            {
                while (true)
                {
                    using Socket client = await _socket.AcceptAsync();
                    await client.SendAsync(text);
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
