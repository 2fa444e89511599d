using BuildCache.Configuration;

namespace BuildCache.Volumes;

/// <summary>Whether this run uses the volumes that stay, or fresh ones of its own.</summary>
public static class VolumeRun
{
    /// <summary>The environment variable that says it: <c>Persistent</c>, which is the default, or <c>Fresh</c>.</summary>
    public const string Variable = "BUILDCACHE_VOLUMES";

    private const string Persistent = "Persistent";
    private const string Fresh = "Fresh";

    /// <summary>The run that volumes belong to, the same in all its processes; <see langword="null"/> for volumes that stay.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: the variable says neither.</exception>
    public static string? Current
    {
        get
        {
            string text = Environment.GetEnvironmentVariable(Variable)?.Trim() ?? "";
            return text.Length == 0 || text.Equals(Persistent, StringComparison.OrdinalIgnoreCase) ? null
                : text.Equals(Fresh, StringComparison.OrdinalIgnoreCase) ? Session.Name
                : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{text}' in {Variable} is no mode of volumes. Use one of {Persistent}, {Fresh}.");
        }
    }
}
