using BuildCache.Sources;

namespace BuildCache.Tests.Sources.Assets.Matrix;

/// <summary>A cell of the matrix, run and judged.</summary>
internal static class MatrixCell
{
    /// <summary>Runs a cell.</summary>
    /// <returns>What happened, and how that differs from what must happen; null when it does not.</returns>
    public static async Task<(CellOutcome? Outcome, string? Wrong)> CheckAsync(PolicyMatrix matrix, TrackPolicy policy, bool push, ServiceAnswer answer)
    {
        string name = $"{policy}{(push ? " with push" : "")}, {answer.Name}";
        CellOutcome outcome;
        try
        {
            outcome = await matrix.RunAsync(policy, push, answer);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return (null, $"{name}: {error}");
        }

        var expected = PolicyMatrix.Expected(policy, push, answer);
        var got = (outcome.TrackedBy, outcome.StagedFrom, outcome.Pushed, outcome.Others);
        bool mustSay = outcome.TrackedBy is not (ServiceAnswer.Native or ServiceAnswer.Service) || (outcome is { TrackedBy: ServiceAnswer.Service, StagedFrom: "origin" });
        return expected != got ? (outcome, $"{name}: {got} instead of {expected}. {outcome.Said}")
            : mustSay && !outcome.Said.Contains(answer.Says, StringComparison.Ordinal) ? (outcome, $"{name}: does not say '{answer.Says}': {outcome.Said}")
            : policy == TrackPolicy.AssetOnly && outcome.TrackedBy != ServiceAnswer.Service && !outcome.Said.Contains(nameof(TrackPolicy.AssetThenNative), StringComparison.Ordinal) ? (outcome, $"{name}: says no way out: {outcome.Said}")
            : (outcome, null);
    }
}
