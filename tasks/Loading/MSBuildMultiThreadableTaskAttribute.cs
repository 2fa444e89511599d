using System;

namespace Microsoft.Build.Framework;

/// <summary>Tells MSBuild's multi-threaded mode that a task may run beside others in one process.</summary>
/// <remarks>MSBuild looks for an attribute of this name in whatever assembly; one of our own works with versions that do not have it.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
