using System.Text.Json;
using System.Text.Json.Serialization;
using BuildCache.Content;

namespace BuildCache.Sources.Git;

/// <summary>A commit whose tree is staged, or which stays away: a submodule without content.</summary>
/// <param name="Path">Where in the source it is, with <c>/</c>; empty for the source itself.</param>
/// <param name="Commit">Its name.</param>
/// <param name="Object">The commit object, whose digest is its name; <see langword="null"/> where nothing of it is staged.</param>
internal sealed record ProvenCommit(string Path, string Commit, byte[]? Object);

/// <summary>What shows to anybody that a directory is what a commit says: the commit objects of a source and of its submodules.</summary>
/// <remarks>
/// It need not be trusted: the digest of a commit object is the commit's name, and the object names the tree, whose name is computed
/// from the files. So it may come from any store or service.
/// </remarks>
/// <param name="Commits">The commits, each once.</param>
/// <param name="Executables">The files that can be executed, from where the file system does not tell.</param>
internal sealed record CommitProof(IReadOnlyList<ProvenCommit> Commits, IReadOnlyList<string> Executables)
{
    /// <summary>No proof has more bytes.</summary>
    public const int Largest = 8 * 1024 * 1024;

    private const int FormatVersion = 1;
    private const int MostCommits = 1000;

    /// <summary>Its bytes; <see langword="null"/> for one that is too large to be kept.</summary>
    public byte[]? Encode()
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new Wire(FormatVersion, Commits, Executables), ProofJson.Default.Wire);
        return bytes.Length <= Largest && Commits.Count <= MostCommits ? bytes : null;
    }

    /// <summary>Reads a proof, which anybody may have written.</summary>
    /// <returns><see langword="null"/> when it is none.</returns>
    public static CommitProof? TryDecode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.Length <= Largest && JsonSerializer.Deserialize(bytes, ProofJson.Default.Wire) is { Version: FormatVersion, Commits: { Count: > 0 and <= MostCommits } commits } wire
                && commits.All(commit => commit is { Path: not null, Commit: not null } && (commit.Path.Length == 0 || SafePath.IsRelative(commit.Path)))
                && commits.Select(commit => commit.Path).Distinct(StringComparer.Ordinal).Count() == commits.Count
                ? new CommitProof(commits, wire.Executables ?? []) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal sealed record Wire(int Version, IReadOnlyList<ProvenCommit> Commits, IReadOnlyList<string>? Executables);
}

[JsonSerializable(typeof(CommitProof.Wire))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ProofJson : JsonSerializerContext;
