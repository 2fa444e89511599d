namespace BuildCache.TestServers;

/// <summary>The requests that a peer received, in the order of their arrival; safe to read while more arrive.</summary>
public sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly List<SeenRequest> _requests = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _requests.Count;
            }
        }
    }

    /// <summary>A copy of the list.</summary>
    public IReadOnlyList<SeenRequest> ToList()
    {
        lock (_lock)
        {
            return [.. _requests];
        }
    }

    /// <summary>Forgets them, to count anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    internal void Add(SeenRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
        }
    }
}
