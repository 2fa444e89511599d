namespace BuildCache.Tests.Soaks;

/// <summary>What a soak has counted for one scenario. Lost, wrong and left behind count tries, not files.</summary>
internal sealed class SoakRow
{
    private const int MostExamples = 3;

    public int Tries { get; private set; }

    /// <summary>How many processes were killed, or calls failed.</summary>
    public int Hits { get; private set; }

    public int Refused { get; private set; }

    public int Lost { get; private set; }

    public int Wrong { get; private set; }

    public int LeftBehind { get; private set; }

    /// <summary>The first of what was found of each kind, for people.</summary>
    public List<string> Examples { get; } = [];

    public bool IsGood => Lost + Wrong + LeftBehind == 0;

    public void Add(SoakFindings findings, bool isHit, string cause, bool isRefused = false)
    {
        Tries++;
        Hits += isHit ? 1 : 0;
        Refused += isRefused ? 1 : 0;
        Lost += Note(findings.Lost, Lost, $"{cause}, lost");
        Wrong += Note(findings.Wrong, Wrong, $"{cause}, wrong");
        LeftBehind += Note(findings.LeftBehind, LeftBehind, $"{cause}, left behind");
    }

    /// <summary>Prints examples below a table.</summary>
    public static void Print(IEnumerable<string> examples)
    {
        Console.WriteLine();
        foreach (string example in examples)
        {
            Console.WriteLine($"- {example}");
        }
    }

    private int Note(List<string> found, int before, string what)
    {
        if (found.Count > 0 && before < MostExamples)
        {
            Examples.Add($"{what}: {string.Join(", ", found.Take(3))}{(found.Count > 3 ? $" and {found.Count - 3} more" : "")}");
        }

        return found.Count > 0 ? 1 : 0;
    }
}
