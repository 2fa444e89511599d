namespace BuildCache.PowerShell;

/// <summary>The kinds of stores by the names that users know.</summary>
internal static class StoreKind
{
    /// <summary>The kind of the store at a URI.</summary>
    public static string Of(Uri uri) => uri.Scheme is "grpc" or "grpcs" ? "reapi" : uri.Scheme;
}
