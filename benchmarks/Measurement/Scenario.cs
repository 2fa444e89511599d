using System.Globalization;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>One of the things that are compared.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Prepare">Brings about the state that it starts from; not measured.</param>
/// <param name="Run">Does it.</param>
internal sealed record Scenario(string Name, Action Prepare, Func<Cost> Run)
{
    /// <summary>Runs the scenarios in turns (A B C A B C …), so that what slows the machine slows all of them.</summary>
    /// <param name="scenarios">The scenarios, in their order.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="warmUps">Rounds before, which do not count.</param>
    /// <returns>The costs of each scenario, one a round.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<Cost>> RunInTurns(IReadOnlyList<Scenario> scenarios, int rounds, int warmUps = 0)
    {
        var costs = scenarios.ToDictionary(scenario => scenario.Name, _ => new List<Cost>());
        for (int round = 1 - warmUps; round <= rounds; round++)
        {
            foreach (Scenario scenario in scenarios)
            {
                scenario.Prepare();
                Cost cost = scenario.Run();
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

    /// <summary>The median of the ratios that two scenarios had in the same round.</summary>
    public static double Ratio(IReadOnlyList<Cost> costs, IReadOnlyList<Cost> reference, Func<Cost, double> figure) =>
        Median.Of(costs.Zip(reference, (cost, other) => figure(cost) / figure(other)));
}
