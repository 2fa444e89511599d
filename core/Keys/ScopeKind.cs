namespace BuildCache.Keys;

/// <summary>What a scope is about. The numbers are part of the key format and never change.</summary>
public enum ScopeKind
{
    /// <summary>Everybody who shares the store. It has no value.</summary>
    Global = 1,

    /// <summary>One organization.</summary>
    Organization = 2,

    /// <summary>One team.</summary>
    Team = 3,

    /// <summary>One project, by default the one that the command runs in.</summary>
    Project = 4,

    /// <summary>One branch.</summary>
    Branch = 5,

    /// <summary>One user, by default the one who runs the command.</summary>
    User = 6,

    /// <summary>One machine, by default this one.</summary>
    Host = 7,

    /// <summary>One run of a pipeline or one sitting at a prompt.</summary>
    Session = 8,
}
