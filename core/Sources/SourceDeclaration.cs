namespace BuildCache.Sources;

/// <summary>Something that a project is made from and that lies elsewhere.</summary>
/// <param name="Name">What the project calls it.</param>
/// <param name="Kind">What it is: <c>git</c>, <c>archive</c> or <c>file</c>.</param>
/// <param name="Url">Where it comes from; usually <c>alias:rest</c>, so that mirrors apply.</param>
public sealed record SourceDeclaration(string Name, string Kind, string Url)
{
    /// <summary>What to follow: a branch, <c>tag:</c> with a pattern as in <c>tag:v1.*</c>, or nothing for a source that stays as it is.</summary>
    public string? Track { get; init; }

    /// <summary>Exactly what to stage: a commit, or the checksum <c>sha256:…</c>; nothing until it is tracked.</summary>
    public string? Ref { get; init; }

    /// <summary>What its kind wants to know besides, by name; part of the source's identity.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where it is declared, as <c>file(line)</c>; empty when it came from arguments.</summary>
    public string Place { get; init; } = "";

    /// <summary>The same, with an address that may be shown: without user name, password and query.</summary>
    public SourceDeclaration WithoutSecrets() => this with { Url = Git.GitUrl.WithoutSecrets(Url) };

    /// <summary>An error with the source and its place in the message, where it does not have them yet.</summary>
    public BuildCacheException About(BuildCacheException error) => error.Message.Contains(ToString(), StringComparison.Ordinal) ? error
        : new BuildCacheException(error.Id, $"The source {this}: {error.Message}", error) { Blob = error.Blob };

    /// <summary>For messages: the name, and the place where there is one.</summary>
    public override string ToString() => Place.Length > 0 ? $"'{Name}' ({Place})" : $"'{Name}'";
}
