namespace BuildCache.MSBuild.Compilation;

/// <summary>Notes about a file's content that are made while it is hashed.</summary>
/// <remarks>They err on the side of a closer look. An assembly and a source file use the same bits for different things.</remarks>
internal static class SourceScan
{
    /// <summary>The source may have XML documentation that includes other files.</summary>
    public const byte MayInclude = 1;

    /// <summary>The source may name a key file or container in an attribute, which the compiler then looks for by its own rules.</summary>
    public const byte MayNameKey = 2;

    /// <summary>The source holds a brace, so it may hold code and not attributes alone.</summary>
    public const byte MayHoldCode = 4;

    /// <summary>Marks content.</summary>
    public static byte Mark(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith("MZ"u8))
        {
            return AssemblyScan.Mark(content);
        }

        // The words below are not found in UTF-16, which is rare enough to look at each time.
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return MayInclude | MayNameKey | MayHoldCode;
        }

        return (byte)((content.IndexOf("<include"u8) >= 0 ? MayInclude : 0)
            | (content.IndexOf("AssemblyKeyFile"u8) >= 0 || content.IndexOf("AssemblyKeyName"u8) >= 0 ? MayNameKey : 0)
            | (content.IndexOf((byte)'{') >= 0 ? MayHoldCode : 0));
    }

    /// <summary>Whether a marked source really names a key.</summary>
    public static bool NamesKey(string path)
    {
        string text = File.ReadAllText(path);
        return text.Contains("AssemblyKeyFile", StringComparison.Ordinal) || text.Contains("AssemblyKeyName", StringComparison.Ordinal);
    }
}
