using System.Diagnostics;
using System.Text;
using BuildCache.Configuration;
using BuildCache.Files;
using BuildCache.Trust;

namespace BuildCache.Sources.Git;

/// <summary>Runs git, with the user's own configuration: credentials, proxies, SSH and <c>url.insteadOf</c> are as at their prompt.</summary>
internal sealed class GitCommand
{
    // What git says about a commit or a list of refs; beyond that something else talks.
    private const int LongestAnswer = 256 * 1024 * 1024;

    private readonly SourceDeclaration _source;
    private readonly string _url;
    private readonly GitCredentials? _credentials;

    /// <summary>Makes one.</summary>
    /// <param name="source">What it is run for, in messages.</param>
    /// <param name="url">The address that it talks to, or where it came from.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/>: git is not asked for such an address.</exception>
    public GitCommand(SourceDeclaration source, string url)
    {
        GitUrl.Check(source, url);
        (_source, _url) = (source, url);
        (Address, _credentials) = GitCredentials.Of(source, url);
    }

    /// <summary>The address for git's arguments, which anybody on the machine may read: without user name and password.</summary>
    public string Address { get; }

    /// <summary>Whether the user named the address, and not something that was fetched.</summary>
    public bool IsFromUser { get; init; } = true;

    /// <summary>Runs git and gives what it printed.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Ends git and all that it started.</param>
    /// <exception cref="BuildCacheException">It failed: <see cref="ErrorId.SourceAccessDenied"/>, <see cref="ErrorId.RefNotFound"/> or <see cref="ErrorId.SourceUnavailable"/>.</exception>
    public async ValueTask<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        (int exitCode, string output, string errors) = await TryRunAsync(arguments, cancellationToken);
        return exitCode == 0 ? output : throw Failure(errors);
    }

    /// <summary>Runs git whether it fails or not.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Ends git and all that it started.</param>
    /// <param name="input">What git reads, if it reads anything.</param>
    /// <param name="encoding">Of what it prints; UTF-8 unless it is not text.</param>
    public async ValueTask<(int ExitCode, string Output, string Errors)> TryRunAsync(
        IEnumerable<string> arguments, CancellationToken cancellationToken, string input = "", Encoding? encoding = null)
    {
        ProcessStartInfo start = NewProcess();
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        start.StandardOutputEncoding = encoding ?? Encoding.UTF8;
        start.StandardErrorEncoding = Encoding.UTF8;
        foreach (string argument in GitEnvironment.Settings.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        GitEnvironment.Apply(start.Environment, _credentials, IsFromUser);
        start.Environment["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(start.WorkingDirectory);
        using Process git = Start(start);
        try
        {
            Task<string> output = ReadAsync(git.StandardOutput, cancellationToken);
            Task<string> errors = ReadAsync(git.StandardError, cancellationToken);
            await WriteAsync(git.StandardInput, input);
            await Task.WhenAll(output, errors);
            await git.WaitForExitAsync(cancellationToken);
            return (git.ExitCode, await output, await errors);
        }
        catch
        {
            git.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The error that git's own message means.</summary>
    public BuildCacheException Failure(string errors)
    {
        string said = GitUrl.WithoutSecretsOf(errors.Trim(), _url);
        string last = said.Split('\n').LastOrDefault(line => line.StartsWith("fatal:", StringComparison.Ordinal) || line.StartsWith("error:", StringComparison.Ordinal)) ?? said;
        ErrorId id = Says("Authentication failed", "could not read Username", "could not read Password", "Permission denied", "returned error: 403", "returned error: 401", "access denied") ? ErrorId.SourceAccessDenied
            : Says("fsck error") ? ErrorId.InvalidSource
            : Says("couldn't find remote ref", "not our ref", "Server does not allow request for unadvertised object") ? ErrorId.RefNotFound
            : ErrorId.SourceUnavailable;
        string advice = id == ErrorId.SourceAccessDenied ? "Check the credentials that git uses for it."
            : id == ErrorId.InvalidSource ? "It has objects that git does not accept, as names that lead into git's own directory."
            : id == ErrorId.RefNotFound ? "Check that it is still there."
            : "Check the address and the network.";
        return new BuildCacheException(id, $"The source {_source} cannot be had from '{GitUrl.WithoutSecrets(_url)}': {last.TrimEnd('.')}. {advice}");

        bool Says(params string[] phrases) => phrases.Any(phrase => errors.Contains(phrase, StringComparison.OrdinalIgnoreCase));
    }

    // In an empty directory of ours: the configuration of a repository that this happens to run in may name programs.
    private ProcessStartInfo NewProcess()
    {
        string directory = UserDirectories.Git;
        try
        {
            NewDirectory.MakePrivate(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.SourceUnavailable, $"git cannot be run for the source {_source}: {error.Message} Check the permissions there, or set {UserDirectories.HomeVariable}.", error);
        }

        ProcessStartInfo start = ProgramPath.StartOf(ProgramPath.Find("git")
            ?? throw new BuildCacheException(ErrorId.SourceUnavailable, $"The source {_source} needs git, which is not on the PATH. Install git."));
        start.WorkingDirectory = directory;
        return start;
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new BuildCacheException(ErrorId.SourceUnavailable, $"The source {_source} needs git, which cannot be started ({error.Message}). Check the git that is on the PATH.", error);
        }
    }

    private static async Task WriteAsync(StreamWriter writer, string input)
    {
        try
        {
            await using (writer)
            {
                await writer.WriteAsync(input);
            }
        }
        catch (IOException)
        {
            // It ended before it read all; its exit code says why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        char[] buffer = new char[16 * 1024];
        for (int count; (count = await reader.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (text.Length + count > LongestAnswer)
            {
                throw new BuildCacheException(ErrorId.SourceUnavailable, $"git gave more than {LongestAnswer:N0} characters, which is no answer to the question. Check the address.");
            }

            text.Append(buffer, 0, count);
        }

        return text.ToString();
    }
}
