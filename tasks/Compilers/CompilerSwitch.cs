namespace BuildCache.MSBuild.Compilers;

/// <summary>One switch of a compiler.</summary>
/// <param name="Role">What its value is to a compilation.</param>
/// <param name="Kind">What a person calls the input or output, for example <c>reference</c>.</param>
/// <param name="Reason">Of <see cref="SwitchRole.Bypass"/>: why the compilation cannot come from the cache.</param>
internal sealed record CompilerSwitch(SwitchRole Role, string Kind, string? Reason = null)
{
    /// <summary>What an undescribed switch is: a text that counts, and the content of a file that it names.</summary>
    public static CompilerSwitch Unknown { get; } = new(SwitchRole.Value, "switch");
}
