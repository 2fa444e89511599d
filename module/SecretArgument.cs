using System.Management.Automation;
using System.Security;
using BuildCache.Keys;
using BuildCache.Resources;

namespace BuildCache.PowerShell;

/// <summary>A secret as a parameter takes it: a <see cref="SecureString"/>, and nothing else.</summary>
/// <remarks>
/// It takes anything and refuses it later, in the cmdlet: PowerShell's own message about an argument of the wrong type shows the
/// argument, and a plain text given by mistake is a secret all the same.
/// </remarks>
public sealed class SecretArgument
{
    private readonly SecureString? _secret;

    /// <summary>Takes a secret.</summary>
    public SecretArgument(object secret) => _secret = (secret is PSObject wrapped ? wrapped.BaseObject : secret) as SecureString;

    /// <summary>Gives the id of the secret.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: it is no <see cref="SecureString"/>.</exception>
    internal ResourceId Identify(string? name) => SecretResource.Identify(
        _secret ?? throw new BuildCacheException(ErrorId.InvalidSetting,
            "The secret is no SecureString, and a plain text would stay in the history and in transcripts. Give what Read-Host -AsSecureString or a vault gives, or the name of an environment variable with -SecretVariable."),
        name);
}
