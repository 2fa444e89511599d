using System.Text;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Mirroring;

/// <summary>What git does in a bare repository of a mirror, without asking anybody.</summary>
/// <param name="source">The source, for messages.</param>
/// <param name="directory">Full path of the repository.</param>
internal sealed class LocalRepository(SourceDeclaration source, string directory)
{
    // What fits into the arguments of a process on every platform.
    private const int MostArguments = 200;

    private readonly GitCommand _git = new(source, directory);

    /// <summary>Runs git in the repository.</summary>
    public ValueTask<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        _git.RunAsync([.. Here(directory), .. arguments], cancellationToken);

    /// <summary>The arguments that every git in a repository of a mirror begins with.</summary>
    /// <remarks>Without hooks: the repository may come from a bucket, and those of the user are not meant for a mirror.</remarks>
    public static string[] Here(string directory) => ["-c", "core.hooksPath=/dev/null", "--git-dir", directory];

    /// <summary>Makes the repository; what is there stays.</summary>
    /// <param name="remote">What it is to hold: of which digests its names are.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask InitialiseAsync(RefList remote, CancellationToken cancellationToken)
    {
        const int DigitsOfSha256 = 64;
        string format = remote.Refs.Values.FirstOrDefault()?.Length == DigitsOfSha256 ? "sha256" : "sha1";
        await _git.RunAsync(["init", "--quiet", "--bare", "--template=", $"--object-format={format}", "--", directory], cancellationToken);
        // For those who run git in it: nothing may go that a reader is at.
        await File.AppendAllTextAsync(Path.Combine(directory, "config"), "[gc]\n\tauto = 0\n\tpruneExpire = never\n", cancellationToken);
    }

    /// <summary>The refs.</summary>
    public async ValueTask<RefList> ListAsync(CancellationToken cancellationToken) =>
        RefList.Parse(await RunAsync(["for-each-ref", "--format=%(objectname)%09%(refname)"], cancellationToken));

    /// <summary>Holds what refs are at that will be elsewhere.</summary>
    public async ValueTask KeepAsync(RefList had, RefList will, CancellationToken cancellationToken)
    {
        HashSet<string> held = [.. had.KeptObjects(), .. will.Refs.Values];
        await HoldAsync(
            [.. had.OfOrigin().Refs.Where(entry => !will.Refs.TryGetValue(entry.Key, out string? value) || value != entry.Value).Select(entry => entry.Value).Distinct().Where(value => !held.Contains(value))],
            cancellationToken);
    }

    /// <summary>Holds objects that are there by refs of their own.</summary>
    public async ValueTask HoldAsync(IReadOnlyList<string> objects, CancellationToken cancellationToken) =>
        await UpdateRefsAsync(objects.Select(name => $"update {RefList.Kept}{name} {name}"), cancellationToken);

    /// <summary>Lets go of commits that the origin's own refs hold: those that a branch has moved on from.</summary>
    public async ValueTask ForgetHeldAsync(RefList has, CancellationToken cancellationToken)
    {
        // A tag is an object besides its commit.
        string listing = await RunAsync(["for-each-ref", "--format=%(objecttype) %(objectname)", RefList.Kept], cancellationToken);
        List<string> kept = [.. listing.Split('\n').Where(line => line.StartsWith("commit ", StringComparison.Ordinal)).Select(line => line["commit ".Length..])];
        foreach (string[] some in kept.Chunk(MostArguments))
        {
            string lost = has.OfOrigin().Refs.Count == 0 ? string.Join('\n', some)
                : await RunAsync(["rev-list", .. some, "--not", $"--exclude={RefList.Own}*", "--all"], cancellationToken);
            HashSet<string> needed = [.. lost.Split('\n')];
            await UpdateRefsAsync(some.Where(commit => !needed.Contains(commit)).Select(commit => $"delete {RefList.Kept}{commit} {commit}"), cancellationToken);
        }
    }

    /// <summary>Whether a commit is there.</summary>
    public async ValueTask<bool> HasAsync(string commit, CancellationToken cancellationToken) =>
        (await TryRunAsync(["cat-file", "-e", commit + "^{commit}"], cancellationToken)).ExitCode == 0;

    /// <summary>Whether a ref holds a commit.</summary>
    public async ValueTask<bool> IsHeldAsync(string commit, CancellationToken cancellationToken) =>
        (await RunAsync(["for-each-ref", "--count=1", "--contains", commit], cancellationToken)).Length > 0;

    /// <summary>Checks out by default what the origin does.</summary>
    public async ValueTask PointHeadAsync(RefList remote, CancellationToken cancellationToken)
    {
        if (remote.Head is { } head && remote.Refs.ContainsKey(head) && File.ReadAllText(Path.Combine(directory, "HEAD")).Trim() != "ref: " + head)
        {
            await RunAsync(["symbolic-ref", "HEAD", head], cancellationToken);
        }
    }

    /// <summary>The submodules of a commit, by their paths: address as the commit names it, and commit.</summary>
    public async ValueTask<IReadOnlyList<(string Path, string Url, string Commit)>> SubmodulesAsync(string commit, CancellationToken cancellationToken)
    {
        (int exitCode, string settings, _) = await TryRunAsync(["config", "--blob", commit + ":.gitmodules", "--null", "--list"], cancellationToken);
        if (exitCode != 0)
        {
            return [];
        }

        Dictionary<string, string> urls = GitModules.UrlsOf(settings);
        string listing = await RunAsync(["ls-tree", "-r", "-z", "--full-tree", commit], cancellationToken);
        return [.. GitModules.Entries(listing).Where(entry => entry.Mode == GitModules.Gitlink && urls.ContainsKey(entry.Path))
            .Select(entry => (entry.Path, urls[entry.Path], entry.Object))];
    }

    private ValueTask<(int ExitCode, string Output, string Errors)> TryRunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        _git.TryRunAsync([.. Here(directory), .. arguments], cancellationToken);

    private async ValueTask UpdateRefsAsync(IEnumerable<string> changes, CancellationToken cancellationToken)
    {
        var input = new StringBuilder();
        foreach (string change in changes)
        {
            input.Append(change).Append('\n');
        }

        if (input.Length == 0)
        {
            return;
        }

        (int exitCode, _, string errors) = await _git.TryRunAsync([.. Here(directory), "update-ref", "--stdin"], cancellationToken, input.ToString());
        if (exitCode != 0)
        {
            throw _git.Failure(errors);
        }
    }
}
