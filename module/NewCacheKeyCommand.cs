using System.Collections;
using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Makes a key from text and from the inputs of the work.</summary>
[Cmdlet(VerbsCommon.New, "CacheKey", DefaultParameterSetName = InScope)]
[OutputType(typeof(CacheKey))]
public sealed class NewCacheKeyCommand : CacheCommand
{
    /// <summary>The note property in which a key carries the fingerprint that it was made of, for Save-CacheEntry and for people.</summary>
    internal const string FingerprintProperty = "Fingerprint";

    private const string InScope = "Scope";
    private const string BelowParent = "Parent";

    private readonly List<string> _files = [];
    private CacheScope? _scope;
    private bool _parentIsGiven;
    private bool _isKeyDue;

    /// <summary>The parts, from the most general to the most special.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[] Part { get; set; } = [];

    /// <summary>Whom the key is shared with, for example 'project' or 'team:core,branch:main'.</summary>
    [Parameter(ParameterSetName = InScope)]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    /// <summary>The key, or its id, whose scope and parts the new key begins with.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BelowParent, ValueFromPipeline = true)]
    public KeyArgument Parent { get; set; } = null!;

    /// <summary>Files that the work depends on, by their content. Wildcards are resolved.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [AllowEmptyCollection]
    public string[]? File { get; set; }

    /// <summary>Globs relative to the workspace root; the work depends on what they match.</summary>
    [Parameter]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? Glob { get; set; }

    /// <summary>Names of environment variables that the work depends on.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? EnvironmentVariable { get; set; }

    /// <summary>Other values that the work depends on, by name.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? Value { get; set; }

    /// <summary>Sockets, SSH agents, secrets and pipes that the work depends on: what Get-CacheResourceId gives, or its text.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public ResourceArgument[]? Resource { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Parent ?? (object?)Part;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _scope = CacheSettings.Resolve(Workspace, scope: Scope).Scope;
        _parentIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Parent));
        // Without this, a pipeline that no file comes through would give the key of no files.
        _isKeyDue = !MyInvocation.ExpectingInput;
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        // Each piped parent has a child of its own; piped files make one key together.
        _isKeyDue = ParameterSetName != BelowParent || _parentIsGiven;
        if (_isKeyDue)
        {
            _files.AddRange(File ?? []);
        }
        else
        {
            WriteKey(File ?? []);
        }
    }

    /// <inheritdoc/>
    protected override void Complete()
    {
        if (_isKeyDue)
        {
            WriteKey(_files);
        }
    }

    private void WriteKey(IReadOnlyCollection<string> inputFiles)
    {
        Fingerprint? fingerprint = TakeFingerprint(inputFiles);
        (CacheScope scope, IEnumerable<string> above) = ParameterSetName == BelowParent && Parent.Resolve() is var parent
            ? (parent.Scope, parent.Parts)
            : (_scope!, []);
        CacheKey key = CacheKey.Create(scope, [.. above, .. Part, .. fingerprint is null ? (IEnumerable<string>)[] : [fingerprint.Digest.Hash]]);
        var output = PSObject.AsPSObject(key);
        if (fingerprint is not null)
        {
            output.Properties.Add(new PSNoteProperty(FingerprintProperty, fingerprint));
        }

        WriteObject(output);
    }

    private Fingerprint? TakeFingerprint(IReadOnlyCollection<string> inputFiles)
    {
        // As the task does it: a list that is empty is one that was not given.
        if (inputFiles.Count + (Glob?.Length ?? 0) + (EnvironmentVariable?.Length ?? 0) + (Value?.Count ?? 0) + (Resource?.Length ?? 0) == 0)
        {
            return null;
        }

        List<string> files = [.. inputFiles.SelectMany(ExistingPaths)];
        List<BuildCacheException> notices = [];
        HashMemory memory = Workspace.OpenHashMemory();
        Fingerprint fingerprint = Await(cancellation =>
        {
            var builder = new FingerprintBuilder(Workspace.Root, new FileHasher(memory));
            foreach (string file in files)
            {
                builder.AddFile(file, cancellation);
            }

            foreach (string glob in Glob ?? [])
            {
                builder.AddGlob(glob, cancellation);
            }

            foreach (string name in EnvironmentVariable ?? [])
            {
                builder.AddEnvironment(name);
            }

            ValueInputs.AddTo(builder, Value ?? []);
            foreach (ResourceArgument resource in Resource ?? [])
            {
                builder.AddResource(resource.Resolve());
            }

            notices.AddRange(builder.Notices);
            return ValueTask.FromResult(builder.Build());
        });
        foreach (BuildCacheException notice in notices)
        {
            WriteWarning(notice.Message);
        }

        memory.Save();
        return fingerprint;
    }
}
