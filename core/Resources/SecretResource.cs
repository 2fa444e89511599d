using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>Identifies secrets. The value of a secret is in no id, message or exception, and is stored nowhere.</summary>
public static class SecretResource
{
    /// <summary>Gives the id of a secret in an environment variable.</summary>
    /// <param name="variable">The name of the variable. It counts, unless there is a stable name.</param>
    /// <param name="name">A stable name that the caller vouches for. The value is then not looked at; it must be there all the same.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.ResourceNotFound"/>: the variable is not set, or empty. <see cref="ErrorId.InvalidSalt"/>.
    /// <see cref="ErrorId.InvalidCacheKey"/>: the value is no text.</exception>
    public static ResourceId IdentifyVariable(string variable, string? name = null) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? SecretValues.InVariable(Identify(value, variable, name), variable)
            : throw new BuildCacheException(ErrorId.ResourceNotFound, $"There is no secret in the environment variable '{variable}': it is not set, or empty. Set it, or check the name.");

    /// <summary>Gives the id of a secret.</summary>
    /// <param name="value">The value; the caller wipes it.</param>
    /// <param name="name">A stable name that the caller vouches for. The value is then not looked at; it must be there all the same.</param>
    /// <exception cref="BuildCacheException">As for a variable.</exception>
    public static ResourceId Identify(ReadOnlySpan<char> value, string? name = null) => Identify(value, "", name);

    /// <inheritdoc cref="Identify(ReadOnlySpan{char}, string?)"/>
    public static unsafe ResourceId Identify(SecureString value, string? name = null)
    {
        nint text = Marshal.SecureStringToGlobalAllocUnicode(value);
        try
        {
            return SecretValues.Of(Identify(new ReadOnlySpan<char>((void*)text, value.Length), name), value);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    private static ResourceId Identify(ReadOnlySpan<char> value, string label, string? name)
    {
        if (value.IsEmpty)
        {
            throw new BuildCacheException(ErrorId.ResourceNotFound, "The secret is empty. Give its value.");
        }

        if (!string.IsNullOrEmpty(name))
        {
            return new ResourceId(ResourceKind.Secret, name, ResourceIdentity.ByName(ResourceKind.Secret, name, servedBy: null));
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetMaxByteCount(value.Length), pinned: true);
        try
        {
            int length = Encode(value, bytes);
            return new ResourceId(ResourceKind.Secret, label, ResourceIdentity.ByValue(SecretHash.Of(bytes.AsSpan(0, length), SecretSalt.Read())));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static int Encode(ReadOnlySpan<char> value, byte[] bytes)
    {
        // What .NET puts in place of bytes that are no text: it would make one secret of several.
        const char Replacement = '\uFFFD';
        try
        {
            if (!value.Contains(Replacement))
            {
                return CanonicalWriter.StrictUtf8.GetBytes(value, bytes);
            }
        }
        catch (EncoderFallbackException)
        {
            // Its message holds a piece of the value.
        }

        throw new BuildCacheException(ErrorId.InvalidCacheKey, "The secret is no text, and cannot be told from others. Encode it, in base64 for one, or vouch for it with a name.");
    }
}
