using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>A snapshot of a living folder, and what is known of it.</summary>
/// <param name="Promotion">Null: it was not judged, such as one that `kindred publish` wrote.</param>
internal sealed record ShelvedSnapshot(string Id, string Path, Promotion? Promotion);

/// <summary>The snapshots of a living folder: which are there, which one is served, which are kept.</summary>
internal sealed class SnapshotShelf(LivingFolder folder, IStore store, TimeProvider? clock = null)
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<ShelvedSnapshot> All => !Directory.Exists(folder.Snapshots) ? [] :
        [.. SnapshotNumber.NewestFirst(folder.Snapshots).Select(path => new ShelvedSnapshot(IdOf(path), path, Promotion.Read(path)))];

    public string PathOf(string id) => Path.Combine(folder.Snapshots, id);

    /// <summary>Serves a snapshot.</summary>
    /// <param name="id">Its id, or the number at its beginning.</param>
    /// <param name="by">The id of a key, or the name of a command.</param>
    /// <param name="evenIfFailed">Also one that failed the gate.</param>
    /// <param name="byGate">The gate does: refused after a rollback.</param>
    /// <exception cref="InputException">There is none, or it failed the gate.</exception>
    public async Task<ServedSnapshot> PromoteAsync(
        string id, string by, string? reason = null, bool evenIfFailed = false, bool byGate = false,
        CancellationToken cancellation = default)
    {
        var snapshot = Find(id);
        if (snapshot.Promotion is { Verdict: Outcome.Failed } failed && !evenIfFailed)
            throw new InputException($"{snapshot.Id} failed the gate: {failed.Reason} --anyway serves it all the same.");
        Snapshot.Open(snapshot.Path).Dispose(); // what is damaged is not served
        int keep = (await RenewalSettings.ReadAsync(store, cancellationToken: cancellation)).Keep;
        var next = await ServedSnapshot.ChangeAsync(store, served =>
            served.Snapshot == snapshot.Id || (byGate && served.IsHeld) ? served
            : new(snapshot.Id, [.. served.Previous.Prepend(served.Snapshot).OfType<string>().Where(old => old != snapshot.Id).Take(keep)]),
            cancellation);
        if (next.Snapshot == snapshot.Id) await Note(snapshot, by, "promoted", reason, cancellation);
        return next;
    }

    /// <summary>Serves the snapshot that was served before.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public async Task<ServedSnapshot> RollBackAsync(string by, string? reason = null, CancellationToken cancellation = default)
    {
        string? rolledBack = null;
        var next = await ServedSnapshot.ChangeAsync(store, served =>
        {
            string[] there = [.. served.Previous.Where(id => Snapshot.Is(PathOf(id)))];
            if (there is not [var target, .. var older])
                throw new InputException("No snapshot was served before, so there is none to roll back to.");
            rolledBack = served.Snapshot;
            return new(target, older, IsHeld: true);
        }, cancellation);
        if (rolledBack is not null && Snapshot.Is(PathOf(rolledBack)))
            await Note(Find(rolledBack), by, "rolled back", reason, cancellation);
        await Note(Find(next.Snapshot!), by, "rolled back to", reason, cancellation);
        return next;
    }

    /// <summary>Removes snapshots that nothing needs: neither served nor to be rolled back to, nor among the newest.</summary>
    /// <returns>Their ids.</returns>
    public async Task<IReadOnlyList<string>> TidyAsync(CancellationToken cancellation = default)
    {
        int keep = (await RenewalSettings.ReadAsync(store, cancellationToken: cancellation)).Keep;
        var (served, _) = await ServedSnapshot.ReadAsync(store, cancellation);
        string[] needed = [.. served.Previous.Take(keep).Append(served.Snapshot).OfType<string>()];
        string[] removed = [.. All.Skip(keep).Select(snapshot => snapshot.Id).Except(needed)];
        foreach (string id in removed) Directory.Delete(PathOf(id), recursive: true);
        return removed;
    }

    /// <exception cref="InputException">There is none, or more than one.</exception>
    public ShelvedSnapshot Find(string id)
    {
        ShelvedSnapshot[] found =
        [
            .. All.Where(snapshot => snapshot.Id == id
                || (long.TryParse(id, out long number) && snapshot.Id.StartsWith($"{number:D6}-", StringComparison.Ordinal))),
        ];
        return found is [var only] ? only
            : throw new InputException(found.Length == 0
                ? $"There is no snapshot {PlainText.Shorten(id)} in {folder.Snapshots}; `kindred snapshots` lists them."
                : $"{PlainText.Shorten(id)} names {found.Length} snapshots; write the whole id.");
    }

    private async Task Note(ShelvedSnapshot snapshot, string by, string action, string? reason, CancellationToken cancellation)
    {
        if (snapshot.Promotion is { } promotion)
        {
            var step = new PromotionStep((clock ?? TimeProvider.System).GetUtcNow(), by, action, reason);
            (promotion with { Steps = [.. promotion.Steps, step] }).Write(snapshot.Path);
        }
        await store.Audit.AppendAsync(by, action.Replace(' ', '-'), snapshot.Id, cancellationToken: cancellation);
    }

    private static string IdOf(string path) => Path.GetFileName(path);
}
