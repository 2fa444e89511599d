namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>What a generator can see of the machine around it counts, or is the same everywhere.</summary>
public class SurroundingsTests
{
    [Theory]
    [InlineData("1.5.ToString()", "LANG", "de_DE.UTF-8", "en_US.UTF-8")]
    [InlineData("1.5.ToString()", "LC_ALL", "de_DE.UTF-8", "en_US.UTF-8")]
    [InlineData("System.Globalization.CultureInfo.CurrentUICulture.Name", "LANG", "fr_FR.UTF-8", "en_US.UTF-8")]
    [InlineData("System.TimeZoneInfo.Local.BaseUtcOffset.ToString()", "TZ", "Asia/Tokyo", "Europe/Berlin")]
    public void A_generator_gets_the_culture_and_the_time_zone_of_its_own_build(string expression, string variable, string first, string second)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The variables mean nothing there.");
        using TestSolution solution = GeneratorProject.Create(expression);
        solution.Environment[variable] = first;
        solution.Build(GeneratorProject.Library, "-p:UseSharedCompilation=false").Succeeded().Counts(hits: 0, misses: 1);
        solution.Environment[variable] = second;
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false");
    }
}
