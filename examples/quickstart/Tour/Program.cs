using System.Globalization;
using Tour;

// Builds the sample three times in fresh folders: without the cache, filling it, and from it in another folder, as on another
// machine: nothing is shared but the store.
(string sample, string imports) = (args[0], args[1]);
string top = Directory.CreateTempSubdirectory("buildcache-tour-").FullName;
try
{
    string store = args is [_, _, { Length: > 0 } named] ? named : Path.Combine(top, "store");
    SampleBuild[] builds =
    [
        SampleBuild.Run("without the cache", sample, Path.Combine(top, "one"), store, imports: null),
        SampleBuild.Run("filling the cache", sample, Path.Combine(top, "two"), store, imports),
        SampleBuild.Run("from the cache, in another folder", sample, Path.Combine(top, "three"), store, imports),
    ];

    Console.WriteLine();
    Console.WriteLine("| build                             | seconds | hits | misses |     bytes |");
    Console.WriteLine("|-----------------------------------|--------:|-----:|-------:|----------:|");
    foreach (SampleBuild build in builds)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {build.Name,-33} | {build.Seconds,7:0.0} | {build.Hits,4} | {build.Misses,6} | {build.Bytes,9:N0} |"));
    }

    Console.WriteLine();
    List<string> problems = [.. builds.Where(build => build.ExitCode != 0).Select(build => $"the build {build.Name} failed:\n{build.Output}")];
    if (problems.Count == 0)
    {
        problems.AddRange(builds[0].DifferencesTo(builds[1]));
        problems.AddRange(builds[0].DifferencesTo(builds[2]));
        if (builds[2].Misses > 0 || builds[2].Hits == 0)
        {
            problems.Add($"the build {builds[2].Name} missed:\n{builds[2].Output}");
        }
    }

    foreach (string problem in problems)
    {
        Console.Error.WriteLine($"error: {problem}");
    }

    if (problems.Count == 0)
    {
        Console.WriteLine($"The outputs of all three builds, {builds[0].Outputs.Count} files, are the same byte for byte.");
    }

    return problems.Count == 0 ? 0 : 1;
}
finally
{
    Directory.Delete(top, recursive: true);
}
