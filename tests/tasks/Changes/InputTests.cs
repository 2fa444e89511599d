namespace BuildCache.MSBuild.Tests.Changes;

/// <summary>Every row of what a key of the compiler covers: a change of it alone makes a miss, and the outputs are those of an uncached build.</summary>
public class InputTests(InputBuilds builds) : IClassFixture<InputBuilds>
{
    public static TheoryData<string> Rows => [.. InputRows.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_change_of_an_input_is_compiled(string input) => builds.Check(input);
}

/// <summary>The builds of these rows.</summary>
public sealed class InputBuilds() : ChangeBuilds(InputRows.All);
