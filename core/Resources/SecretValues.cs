using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security;
using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>Knows for the ids of secrets that this process made where their values are, so that they can be looked for in what is to be stored.</summary>
/// <remarks>No value is kept: of a variable its name, of a <see cref="SecureString"/> a copy of that, for as long as the id is in use.</remarks>
public static class SecretValues
{
    private static readonly ConditionalWeakTable<ResourceId, object> s_places = [];

    /// <summary>The value of a secret, or <see langword="null"/> where this process does not know it: of an id that was made elsewhere and does not name its variable.</summary>
    /// <param name="resource">The id of a secret.</param>
    public static string? Find(ResourceId resource) => s_places.TryGetValue(resource, out object? place)
        ? place is SecureString value ? Read(value) : Environment.GetEnvironmentVariable((string)place)
        : resource.Name.Length > 0 ? Environment.GetEnvironmentVariable(resource.Name) : null;

    /// <summary>Notes that the value of a secret is in a variable.</summary>
    internal static ResourceId InVariable(ResourceId resource, string variable) => Note(resource, variable);

    /// <summary>Notes the value of a secret.</summary>
    internal static ResourceId Of(ResourceId resource, SecureString value)
    {
        SecureString copy = value.Copy();
        copy.MakeReadOnly();
        return Note(resource, copy);
    }

    private static ResourceId Note(ResourceId resource, object place)
    {
        s_places.AddOrUpdate(resource, place);
        return resource;
    }

    private static string Read(SecureString value)
    {
        nint text = Marshal.SecureStringToGlobalAllocUnicode(value);
        try
        {
            return Marshal.PtrToStringUni(text, value.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }
}
