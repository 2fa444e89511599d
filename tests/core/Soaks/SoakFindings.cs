namespace BuildCache.Tests.Soaks;

/// <summary>What the next use found after a process was killed or a call failed.</summary>
internal sealed class SoakFindings
{
    /// <summary>What was there for good and is gone.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>What is there and is not what it was or should have become.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>What is there and belongs to nothing.</summary>
    public List<string> LeftBehind { get; } = [];

    /// <summary>All of it, for people.</summary>
    public IEnumerable<string> All =>
        Lost.Select(line => "lost: " + line).Concat(Wrong.Select(line => "wrong: " + line)).Concat(LeftBehind.Select(line => "left behind: " + line));

    /// <summary>Notes a tree that has to be whole, of one of some variants.</summary>
    public void Expect(string tree, params int[] variants)
    {
        if (!Path.Exists(tree))
        {
            Lost.Add($"'{tree}'");
        }
        else if (SampleTree.VariantOf(tree, out string? problem) is not { } variant)
        {
            Wrong.Add(problem!);
        }
        else if (!variants.Contains(variant))
        {
            Wrong.Add($"'{tree}' is of variant {variant} and not of {string.Join(" or ", variants)}");
        }
    }
}
