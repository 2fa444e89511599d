using System.Diagnostics;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Resources;

/// <summary>A real <c>ssh-agent</c>; where there is none, the test is skipped.</summary>
internal sealed class SshAgent : IDisposable
{
    private readonly Process _process;

    public SshAgent(string socket)
    {
        Socket = socket;
        Process? process = Tool.Start("ssh-agent", ["-D", "-a", socket]);
        Assert.SkipWhen(process is null, "There is no ssh-agent.");
        _process = process!;
        Assert.True(SpinWait.SpinUntil(() => File.Exists(socket), TimeSpan.FromSeconds(5)), "The agent did not start.");
    }

    public string Socket { get; }

    public static void MakeKey(string file, string comment, string kind = "ed25519") =>
        Assert.Equal(0, Tool.Run("ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", comment, "-f", file])?.ExitCode);

    public SshAgent Add(params string[] keys) => Do(keys);

    public SshAgent RemoveAll() => Do("-D");

    /// <summary>What <c>ssh-add</c> itself shows of the keys.</summary>
    public string List() => Tool.Run("ssh-add", ["-l"], ("SSH_AUTH_SOCK", Socket))!.Value.Output;

    private SshAgent Do(params string[] arguments)
    {
        (int ExitCode, string Output, string Errors) run = Tool.Run("ssh-add", ["-q", .. arguments], ("SSH_AUTH_SOCK", Socket))!.Value;
        Assert.True(run.ExitCode == 0, run.Errors);
        return this;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
