namespace BuildCache.TestServers.GitHub;

/// <summary>The entries of one scope and how a lookup matches them. An entry never changes once it is finished.</summary>
internal sealed class EntryTable
{
    private readonly Lock _lock = new();
    private readonly List<GitHubCacheEntry> _entries = [];
    private long _lastId;

    public IReadOnlyList<GitHubCacheEntry> ToList()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    /// <summary>Reserves a key; null when it is taken, by a finished entry or by an upload under way.</summary>
    public GitHubCacheEntry? Reserve(string key, string version)
    {
        lock (_lock)
        {
            if (Find(key, version) is not null)
            {
                return null;
            }

            var entry = new GitHubCacheEntry(++_lastId, key, version, Size: null);
            _entries.Add(entry);
            return entry;
        }
    }

    public GitHubCacheEntry? Find(string key, string version)
    {
        lock (_lock)
        {
            return _entries.Find(entry => entry.Key == key && entry.Version == version);
        }
    }

    /// <summary>Makes an entry visible; false when it was finished or removed meanwhile.</summary>
    public bool Finish(GitHubCacheEntry entry, long size)
    {
        lock (_lock)
        {
            int index = _entries.IndexOf(entry);
            if (index < 0 || entry.Size is not null)
            {
                return false;
            }

            _entries[index] = entry with { Size = size };
            return true;
        }
    }

    /// <summary>The exact key, then the key as a prefix, then each restore key as a prefix; of several the newest.</summary>
    public GitHubCacheEntry? Match(string key, IReadOnlyList<string> restoreKeys, string version)
    {
        lock (_lock)
        {
            List<GitHubCacheEntry> candidates = _entries.FindAll(entry => entry.Size is not null && entry.Version == version);
            return candidates.Find(entry => entry.Key == key)
                ?? restoreKeys.Prepend(key)
                    .Select(prefix => candidates.FindLast(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)))
                    .FirstOrDefault(entry => entry is not null);
        }
    }

    public IReadOnlyList<GitHubCacheEntry> Remove(string key)
    {
        lock (_lock)
        {
            List<GitHubCacheEntry> removed = _entries.FindAll(entry => entry.Key == key);
            _entries.RemoveAll(removed.Contains);
            return removed;
        }
    }
}
