using System.Management.Automation;
using System.Text.Encodings.Web;
using System.Text.Json;
using BuildCache.Configuration;
using BuildCache.Trust;

namespace BuildCache.PowerShell;

/// <summary>Makes a key to sign entries with.</summary>
[Cmdlet(VerbsCommon.New, "CacheSigningKey", SupportsShouldProcess = true)]
[OutputType(typeof(CacheSigningKey))]
public sealed class NewCacheSigningKeyCommand : CacheCommand
{
    private static readonly JsonSerializerOptions s_asIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file for the private key. By default beside the user's settings, with the name of the key.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>What the key is called in settings and listings.</summary>
    [Parameter]
    [ValidatePattern("^[A-Za-z0-9][A-Za-z0-9 ._@-]*$")]
    public string Name { get; set; } = "main";

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Path;

    /// <inheritdoc/>
    protected override void Process()
    {
        string file = Path is null ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(UserDirectories.SettingsFile)!, $"{Name}.key") : FullPath(Path);
        if (!ShouldProcess(file, "Write a new private key"))
        {
            return;
        }

        var key = SigningKey.Create();
        SigningKeyFile.Write(key, file, Force);
        WriteObject(new CacheSigningKey(Name, key.PublicKey.Id, file, key.PublicKey.Text,
            Quote(new { signers = new[] { new { name = Name, key = key.PublicKey.Text } }, required = true }), Quote(file)));
    }

    private static string Quote<T>(T value) => JsonSerializer.Serialize(value, s_asIs);
}
