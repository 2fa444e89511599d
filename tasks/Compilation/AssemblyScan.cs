using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Notes about an assembly that a compiler loads and runs.</summary>
/// <remarks>The names of all types and members that an assembly uses stand in its metadata as UTF-8, its texts as UTF-16. What is not there is not
/// used, except by reflection.</remarks>
internal static class AssemblyScan
{
    /// <summary>It may hold a source generator.</summary>
    public const byte MayGenerate = 8;

    /// <summary>It asks for the path of a source, of an additional file or of the project's folder.</summary>
    public const byte SeesPaths = 16;

    /// <summary>It may hold an F# type provider.</summary>
    public const byte MayProvideTypes = 32;

    private const string TypeProviderAttribute = "TypeProviderAssemblyAttribute";

    /// <summary>Marks the content of an assembly.</summary>
    public static byte Mark(ReadOnlySpan<byte> content) => (byte)(
        (content.IndexOf("GeneratorAttribute"u8) >= 0 ? MayGenerate : 0)
        | (SeesAny(content) ? SeesPaths : 0)
        | (content.IndexOf("TypeProviderAssemblyAttribute"u8) >= 0 ? MayProvideTypes : 0));

    /// <summary>Whether a marked assembly really offers type providers, and does not only know of them.</summary>
    public static bool ProvidesTypes(string path)
    {
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            MetadataReader metadata = file.GetMetadataReader();
            return metadata.IsAssembly && metadata.GetAssemblyDefinition().GetCustomAttributes().Any(handle => NameOf(metadata, metadata.GetCustomAttribute(handle)) == TypeProviderAttribute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or BadImageFormatException or InvalidOperationException)
        {
            return true;
        }
    }

    private static bool SeesAny(ReadOnlySpan<byte> content) =>
        content.IndexOf("get_FilePath"u8) >= 0 || content.IndexOf("get_Path"u8) >= 0
        || content.IndexOf("LineSpan"u8) >= 0
        || content.IndexOf("r\0o\0j\0e\0c\0t\0D\0i\0r\0"u8) >= 0 || content.IndexOf("r\0o\0j\0e\0c\0t\0d\0i\0r\0"u8) >= 0;

    private static string NameOf(MetadataReader metadata, CustomAttribute attribute)
    {
        EntityHandle type = attribute.Constructor.Kind switch
        {
            HandleKind.MemberReference => metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent,
            HandleKind.MethodDefinition => metadata.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType(),
            _ => default,
        };
        return type.Kind switch
        {
            HandleKind.TypeReference => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name),
            HandleKind.TypeDefinition => metadata.GetString(metadata.GetTypeDefinition((TypeDefinitionHandle)type).Name),
            _ => "",
        };
    }
}
