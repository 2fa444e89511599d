namespace BuildCache.Commands;

/// <summary>Where a command wrote something. A process has the first two; PowerShell has all.</summary>
public enum CommandChannel
{
    /// <summary>What it gives out.</summary>
    Output,

    /// <summary>Errors; of a process, its standard error.</summary>
    Error,

    /// <summary>Warnings.</summary>
    Warning,

    /// <summary>What is shown to those who ask for more.</summary>
    Verbose,

    /// <summary>What is shown to those who look for a fault.</summary>
    Debug,

    /// <summary>What is told the user, and is no output.</summary>
    Information,
}
