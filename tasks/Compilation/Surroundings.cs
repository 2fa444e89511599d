using System.Globalization;
using System.Runtime.InteropServices;
using BuildCache.Keys;

namespace BuildCache.MSBuild.Compilation;

/// <summary>What a compiler can see of the process and the machine around it.</summary>
internal static class Surroundings
{
    // Variables that change what the compiler does. LIB is a list of folders with references.
    private static readonly string[] s_variables = ["LIB", "ROSLYN_CACHE_PATH"];

    // The first that is set gives the language.
    private static readonly string[] s_languages = ["LC_ALL", "LC_MESSAGES", "LANG"];

    // Variables that change how .NET formats.
    private static readonly string[] s_formatting = ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY", "DOTNET_SYSTEM_GLOBALIZATION_USENLS"];

    /// <summary>The inputs.</summary>
    /// <param name="areGuestsStrange">Whether code runs in the compiler of which nothing is known. It can format by the culture and ask for the time zone.</param>
    /// <param name="ofCompiler">Variables that the build sets for the compiler alone, as <c>NAME=value</c>.</param>
    public static IEnumerable<FingerprintInput> Inputs(bool areGuestsStrange, string[]? ofCompiler)
    {
        yield return Value("platform", $"{(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux")}-{RuntimeInformation.ProcessArchitecture}");
        yield return Value("runtime", RuntimeInformation.FrameworkDescription);
        yield return Value("language of messages", $"{CultureInfo.CurrentUICulture.Name} {MessagesOfChildren()}");
        foreach (string variable in s_variables)
        {
            yield return Variable(variable);
        }

        foreach (string variable in (ofCompiler ?? []).Where(IsOfBuild))
        {
            yield return new FingerprintInput("environment", "of the compiler: " + variable.Split('=')[0], FingerprintBuilder.OfValue(variable));
        }

        if (areGuestsStrange)
        {
            yield return Value("culture", CultureInfo.CurrentCulture.Name);
            yield return Value("time zone", TimeZoneInfo.Local.Id);
            foreach (string variable in s_formatting)
            {
                yield return Variable(variable);
            }
        }
    }

    // The compiler is a process of its own: it does not inherit what the command line tool set for itself, but the environment.
    private static string MessagesOfChildren() => OperatingSystem.IsWindows() ? "" :
        s_languages.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value))?.Split('.', '@')[0] ?? "";

    // The compiler tasks of the SDK set these themselves.
    private static bool IsOfBuild(string variable) =>
        !variable.StartsWith("DOTNET_ROOT", StringComparison.OrdinalIgnoreCase) && !variable.StartsWith("DOTNET_TieredCompilation", StringComparison.OrdinalIgnoreCase);

    private static FingerprintInput Variable(string name) => new("environment", name, FingerprintBuilder.OfValue(Environment.GetEnvironmentVariable(name)));

    private static FingerprintInput Value(string name, string value) => new("surroundings", name, FingerprintBuilder.OfValue(value));
}
