using System.Diagnostics;
using System.Text;
using BuildCache.Configuration;
using BuildCache.Files;
using BuildCache.Trust;

namespace BuildCache.Sources.Git;

/// <summary>Runs git, with the user's own configuration: credentials, proxies, SSH and <c>url.insteadOf</c> are as at their prompt.</summary>
/// <param name="source">What it is run for, in messages.</param>
/// <param name="url">The address that it talks to, or where it came from.</param>
internal sealed class GitCommand(SourceDeclaration source, string url)
{
    // What git says about a commit or a list of refs; beyond that something else talks.
    private const int LongestAnswer = 256 * 1024 * 1024;

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
    public async ValueTask<(int ExitCode, string Output, string Errors)> TryRunAsync(
        IEnumerable<string> arguments, CancellationToken cancellationToken, string input = "")
    {
        ProcessStartInfo start = NewProcess();
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A question would wait for ever where nobody sees it; and messages are read below.
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_PROTOCOL_FROM_USER"] = IsFromUser ? "1" : "0";
        // Of a repository that this runs in, in a hook for one, git's own variables would name that one.
        foreach (string name in start.Environment.Keys.Where(name => name is "GIT_DIR" or "GIT_WORK_TREE" or "GIT_INDEX_FILE" or "GIT_OBJECT_DIRECTORY" or "GIT_NAMESPACE").ToList())
        {
            start.Environment.Remove(name);
        }

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
        string said = GitUrl.WithoutSecrets(errors.Trim());
        string last = said.Split('\n').LastOrDefault(line => line.StartsWith("fatal:", StringComparison.Ordinal) || line.StartsWith("error:", StringComparison.Ordinal)) ?? said;
        ErrorId id = Says("Authentication failed", "could not read Username", "could not read Password", "Permission denied", "returned error: 403", "returned error: 401", "access denied") ? ErrorId.SourceAccessDenied
            : Says("couldn't find remote ref", "not our ref", "Server does not allow request for unadvertised object") ? ErrorId.RefNotFound
            : ErrorId.SourceUnavailable;
        string advice = id == ErrorId.SourceAccessDenied ? "Check the credentials that git uses for it."
            : id == ErrorId.RefNotFound ? "Check that it is still there."
            : "Check the address and the network.";
        return new BuildCacheException(id, $"The source {source} cannot be had from '{GitUrl.WithoutSecrets(url)}': {last.TrimEnd('.')}. {advice}");

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
            throw new BuildCacheException(ErrorId.SourceUnavailable, $"git cannot be run for the source {source}: {error.Message} Check the permissions there, or set {UserDirectories.HomeVariable}.", error);
        }

        ProcessStartInfo start = ProgramPath.StartOf(ProgramPath.Find("git")
            ?? throw new BuildCacheException(ErrorId.SourceUnavailable, $"The source {source} needs git, which is not on the PATH. Install git."));
        start.WorkingDirectory = directory;
        start.Environment["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(directory);
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
            throw new BuildCacheException(ErrorId.SourceUnavailable, $"The source {source} needs git, which cannot be started ({error.Message}). Check the git that is on the PATH.", error);
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
