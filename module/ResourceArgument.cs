using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>A resource as a parameter takes it: a <see cref="ResourceId"/>, or its text.</summary>
/// <remarks>As with <see cref="KeyArgument"/>, the text is read in the cmdlet.</remarks>
public sealed class ResourceArgument
{
    private readonly ResourceId? _resource;
    private readonly string? _id;

    /// <summary>Takes an id.</summary>
    public ResourceArgument(ResourceId resource) => _resource = resource;

    /// <summary>Takes the text of an id.</summary>
    public ResourceArgument(string id) => _id = id;

    /// <summary>The id.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheId"/>: the text is no id of a resource.</exception>
    internal ResourceId Resolve() => _resource ?? ResourceId.Parse(_id!);
}
