using System.Management.Automation;
using System.Runtime.Serialization;

namespace BuildCache.PowerShell;

/// <summary>An error that was recorded. It keeps the id it had: to one that is new, PowerShell appends the name of the cmdlet that writes it.</summary>
internal sealed class RecordedError : ErrorRecord
{
#pragma warning disable SYSLIB0050, SYSLIB0051 // The one public way to such a record; it is how errors come out of remote sessions and jobs.
    private static readonly FormatterConverter s_converter = new();

    private RecordedError(SerializationInfo info)
        : base(info, default)
    {
    }

    /// <summary>Makes the error.</summary>
    /// <param name="message">What it says.</param>
    /// <param name="id">Its full id.</param>
    /// <param name="category">What kind it is.</param>
    /// <param name="activity">What was done.</param>
    /// <param name="reason">The name of the exception.</param>
    /// <param name="target">What it was done to.</param>
    /// <param name="targetType">The type of that.</param>
    public static ErrorRecord Make(string message, string id, ErrorCategory category, string? activity, string? reason, string? target, string? targetType)
    {
        var exception = new PSObject();
        exception.Properties.Add(new PSNoteProperty("Message", message));
        var form = new PSObject();
        foreach ((string name, object? value) in (ReadOnlySpan<(string, object?)>)
        [
            ("Exception", exception), ("TargetObject", target), ("FullyQualifiedErrorId", id), ("InvocationInfo", null), ("ErrorCategory_Category", (int)category),
            ("ErrorCategory_Activity", activity), ("ErrorCategory_Reason", reason), ("ErrorCategory_TargetName", target), ("ErrorCategory_TargetType", targetType),
            ("ErrorCategory_Message", ""), ("SerializeExtendedInfo", false),
        ])
        {
            form.Properties.Add(new PSNoteProperty(name, value));
        }

        try
        {
            var info = new SerializationInfo(typeof(PSObject), s_converter);
            form.GetObjectData(info, default);
            // A copy, so that it is of the type that scripts know.
            return new ErrorRecord(new RecordedError(info), null);
        }
        catch (Exception error) when (error is RuntimeException or NotSupportedException or SerializationException)
        {
            // A later PowerShell may want another form of it; then it has a longer id.
            var record = new ErrorRecord(new RemoteException(message), id, category, target);
            (record.CategoryInfo.Activity, record.CategoryInfo.Reason, record.CategoryInfo.TargetType) = (activity, reason, targetType);
            return record;
        }
    }
#pragma warning restore SYSLIB0050, SYSLIB0051
}
