namespace BuildCache.PowerShell;

/// <summary>What stands for an object that had a text of its own. All else of it are properties that are added to it.</summary>
/// <param name="text">The text.</param>
internal sealed class RecordedObject(string text)
{
    /// <inheritdoc/>
    public override string ToString() => text;
}
