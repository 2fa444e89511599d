using System.Reflection;

namespace BuildCache.Tests.Support;

/// <summary>The checkout that the tests were built from.</summary>
public static class Checkout
{
    /// <summary>Full path of its root.</summary>
    public static string Root { get; } = typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "RepositoryRoot").Value!;
}
