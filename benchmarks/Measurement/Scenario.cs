using System.Globalization;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>One of the things that are compared.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Prepare">Brings about the state that it starts from; not measured.</param>
/// <param name="Run">Does it.</param>
internal sealed record Scenario(string Name, Action Prepare, Func<Cost> Run)
{
    /// <summary>Runs of this scenario before the rounds, which do not count.</summary>
    public int WarmUps { get; init; }

    /// <summary>Whether the others go on when this one fails. It is not tried again then, and its cost is <see cref="Cost.Unknown"/>.</summary>
    public bool MayFail { get; init; }

    /// <summary>Runs the scenarios in turns (A B C A B C …), so that what slows the machine slows all of them.</summary>
    /// <param name="scenarios">The scenarios, in their order.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="warmUps">Rounds before, which do not count.</param>
    /// <returns>The costs of each scenario, one a round.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<Cost>> RunInTurns(IReadOnlyList<Scenario> scenarios, int rounds, int warmUps = 0)
    {
        var costs = scenarios.ToDictionary(scenario => scenario.Name, _ => new List<Cost>());
        var failed = new HashSet<Scenario>();
        for (int round = 1 - Math.Max(warmUps, scenarios.Max(scenario => scenario.WarmUps)); round <= rounds; round++)
        {
            foreach (Scenario scenario in scenarios)
            {
                if (round <= -Math.Max(warmUps, scenario.WarmUps))
                {
                    continue;
                }

                Cost cost = Cost.Unknown;
                if (!failed.Contains(scenario))
                {
                    try
                    {
                        scenario.Prepare();
                        cost = scenario.Run();
                    }
                    catch (InvalidOperationException error) when (scenario.MayFail)
                    {
                        failed.Add(scenario);
                        Console.Error.WriteLine($"{scenario.Name}: {error.Message}");
                    }
                }

                if (round > 0)
                {
                    costs[scenario.Name].Add(cost);
                }

                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"round {round} of {rounds}: {scenario.Name}: {cost.UserSeconds:0.00} + {cost.SystemSeconds:0.00} CPU s, {cost.WallSeconds:0.00} s"));
            }
        }

        return costs.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<Cost>)pair.Value);
    }

    /// <summary>The ratios that two scenarios had in the same round, from the smallest on.</summary>
    public static IReadOnlyList<double> Ratios(IReadOnlyList<Cost> costs, IReadOnlyList<Cost> reference, Func<Cost, double> figure) =>
        [.. costs.Zip(reference, (cost, other) => figure(cost) / figure(other)).Order()];

    /// <summary>The median of the ratios that two scenarios had in the same round.</summary>
    public static double Ratio(IReadOnlyList<Cost> costs, IReadOnlyList<Cost> reference, Func<Cost, double> figure) =>
        Median.Of(Ratios(costs, reference, figure));
}
