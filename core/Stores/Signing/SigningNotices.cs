using System.Collections.Concurrent;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Stores.Signing;

/// <summary>Tells once when what is saved will not be found again by the same settings.</summary>
internal sealed class SigningNotices(Uri store, SignaturePolicy policy)
{
    private readonly ConcurrentQueue<StoreNotice> _notices = new();
    private int _isNoted;

    /// <summary>Notes a save in a scope.</summary>
    public void NoteSave(CacheScope scope)
    {
        if (!policy.Requires(scope) || (policy.SigningKey is { Key.PublicKey: var own } && policy.Trusts(own, scope)) || Interlocked.Exchange(ref _isNoted, 1) == 1)
        {
            return;
        }

        _notices.Enqueue(new StoreNotice(ErrorId.SignatureNotTrusted, policy.SigningKey is { Key.PublicKey.Id: var id }
            ? $"What is saved in the scope {scope} to {store} is signed with the key {id}, which is not trusted there, and signatures are required: it will not be found here. Add the key to 'trust' in your settings, or save in another scope."
            : $"What is saved in the scope {scope} to {store} is not signed, and signatures are required there: it will not be found here. Name a signing key ('signingKey' in your settings, or BUILDCACHE_SIGNING_KEY), or take the scope out of 'required'."));
    }

    /// <summary>What was noted and not taken yet.</summary>
    public IReadOnlyList<StoreNotice> Take()
    {
        List<StoreNotice> taken = [];
        while (_notices.TryDequeue(out StoreNotice? notice))
        {
            taken.Add(notice);
        }

        return taken;
    }
}
