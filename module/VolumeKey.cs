using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Reads the key of a volume as a parameter takes it: parts as text, a <see cref="CacheKey"/>, or the text of its id.</summary>
internal static class VolumeKey
{
    /// <summary>Reads a key.</summary>
    /// <param name="given">One value or several.</param>
    /// <param name="scope">The scope of a key that is given by its parts.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheKey"/> or <see cref="ErrorId.InvalidCacheId"/>.</exception>
    public static CacheKey Read(object given, Func<CacheScope> scope)
    {
        object[] values = Unwrap(given) is IEnumerable several and not string ? [.. several.Cast<object>().Select(Unwrap)] : [Unwrap(given)];
        return values switch
        {
            [CacheKey key] => key,
            [string text] when CacheId.LooksLikeId(text) => CacheId.Parse(text),
            _ => CacheKey.Create(scope(), values.Select(Text)),
        };
    }

    /// <summary>The parts that are put below another key.</summary>
    public static IEnumerable<string> Parts(object[] given) => given.Select(value => Text(Unwrap(value)));

    private static object Unwrap(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Text(object? part) => part switch
    {
        CacheKey or CacheVolume => throw new BuildCacheException(ErrorId.InvalidCacheKey, $"'{part}' stands among the parts of a key. Use -Parent to put parts below a key or a volume."),
        _ => Convert.ToString(part, CultureInfo.InvariantCulture) ?? "",
    };
}
