using Kindred.Store;

namespace Kindred.Server;

/// <summary>Removes users and items for good, from everything this server keeps.</summary>
internal sealed class Forgetting(IStore store, StoreChanges changes)
{
    private readonly List<Func<SubjectKind, string, Task<ForgottenPlace>>> _places = [];

    /// <summary>Adds a place besides the store that holds ids, and is to be searched when one is forgotten.</summary>
    public void Add(Func<SubjectKind, string, Task<ForgottenPlace>> place) => _places.Add(place);

    /// <summary>
    /// Forgets an id: in the store first, whose tombstone masks it in snapshots and in the memory of all servers, then in the other places.
    /// </summary>
    public async Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellation = default)
    {
        var receipt = await store.ForgetAsync(kind, id, cancellation);
        await changes.CatchUpAsync(CancellationToken.None);
        var others = new List<ForgottenPlace>();
        foreach (var place in _places) others.Add(await place(kind, id));
        return receipt with { Places = [.. receipt.Places, .. others] };
    }
}
