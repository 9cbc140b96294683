using Kindred.Models;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>A snapshot of a living folder, and what is known of it.</summary>
/// <param name="Promotion">Null: it was not judged, such as one that `kindred publish` wrote.</param>
internal sealed record ShelvedSnapshot(string Id, string Path, Promotion? Promotion);

/// <summary>The snapshots of a living folder: which are there, which one is served, which are kept.</summary>
internal sealed class SnapshotShelf(LivingFolder folder, IStore store, TrainerCatalog trainers, TimeProvider? clock = null)
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<ShelvedSnapshot> All => !Directory.Exists(folder.Snapshots) ? [] :
        [.. SnapshotNumber.NewestFirst(folder.Snapshots).Select(path => new ShelvedSnapshot(IdOf(path), path, Promotion.Read(path)))];

    public string PathOf(string id) => Path.Combine(folder.Snapshots, id);

    /// <summary>
    /// What is served, for everyone who asks: what was promoted or, as long as nothing was, the newest snapshot that no gate judged, such
    /// as one that `kindred publish` wrote.
    /// </summary>
    public async Task<ServedSnapshot> ServedAsync(CancellationToken cancellation = default) => (await ReadAsync(cancellation)).Served;

    /// <summary>Serves a snapshot, as a person wants it; models are promoted by themselves again.</summary>
    /// <param name="id">Its id, or the number at its beginning.</param>
    /// <param name="by">The id of a key, or the name of a command.</param>
    /// <param name="evenIfFailed">Also one that failed the gate.</param>
    /// <exception cref="InputException">There is none, or it failed the gate.</exception>
    public async Task<ServedSnapshot> PromoteAsync(
        string id, string by, string? reason = null, bool evenIfFailed = false, CancellationToken cancellation = default)
    {
        var snapshot = Find(id);
        if (snapshot.Promotion is { Verdict: Outcome.Failed } failed && !evenIfFailed)
            throw new InputException($"{snapshot.Id} failed the gate: {failed.Reason} --anyway serves it all the same.");
        var served = await ServeAsync(snapshot, _ => true, cancellation);
        await Note(snapshot, by, "promoted", reason, cancellation);
        return served;
    }

    /// <summary>Serves a snapshot that passed the gate, unless people changed meanwhile what is served: the gate did not compare it with
    /// that.</summary>
    /// <param name="before">What was served when the gate judged.</param>
    /// <returns>What is served now.</returns>
    public async Task<ServedSnapshot> PromoteAsync(Promotion passed, ServedSnapshot before, CancellationToken cancellation = default)
    {
        var snapshot = Find(passed.Snapshot);
        var served = await ServeAsync(snapshot, now => !now.IsHeld && now.Snapshot == before.Snapshot, cancellation);
        if (served.Snapshot == snapshot.Id) await Note(snapshot, "gate", "promoted", passed.Reason, cancellation);
        return served;
    }

    /// <summary>Serves the snapshot that was served before.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public async Task<ServedSnapshot> RollBackAsync(string by, string? reason = null, CancellationToken cancellation = default)
    {
        string? rolledBack = null;
        var next = await ChangeAsync(served =>
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

    /// <summary>
    /// Removes snapshots that nothing needs: neither served nor to be rolled back to, nor an experiment's, nor among the newest.
    /// </summary>
    /// <returns>Their ids.</returns>
    public async Task<IReadOnlyList<string>> TidyAsync(CancellationToken cancellation = default)
    {
        int keep = (await RenewalSettings.ReadAsync(store, trainers, cancellation)).Keep;
        var served = await ServedAsync(cancellation);
        var experiments = await new ExperimentRegistry(store, this, trainers, clock ?? TimeProvider.System).ListAsync(cancellation);
        string[] needed =
        [
            .. served.Previous.Take(keep).Append(served.Snapshot).OfType<string>(),
            .. experiments.Where(experiment => experiment.State != ExperimentState.Stopped)
                .SelectMany(experiment => experiment.Setup.Treatments.Values).Select(treatment => treatment.Snapshot).OfType<string>(),
        ];
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

    private async Task<ServedSnapshot> ServeAsync(
        ShelvedSnapshot snapshot, Predicate<ServedSnapshot> may, CancellationToken cancellation)
    {
        Snapshot.Open(snapshot.Path, trainers).Dispose(); // what is damaged is not served
        int keep = (await RenewalSettings.ReadAsync(store, trainers, cancellation)).Keep;
        return await ChangeAsync(served => !may(served) ? served
            : new(snapshot.Id, [.. served.Previous.Prepend(served.Snapshot).OfType<string>().Where(old => old != snapshot.Id).Take(keep)]),
            cancellation);
    }

    /// <summary>Changes what is served. Another server may do so at the same time: each change is made to what is there.</summary>
    /// <param name="change">From what is served to what shall be; may be called again.</param>
    private async Task<ServedSnapshot> ChangeAsync(Func<ServedSnapshot, ServedSnapshot> change, CancellationToken cancellation)
    {
        while (true)
        {
            var (served, version) = await ReadAsync(cancellation);
            var next = change(served);
            if (ReferenceEquals(next, served)) return next;
            if (await store.Settings.SetAsync(ServedSnapshot.Name, next.ToJson(), version, cancellation) is not null) return next;
        }
    }

    /// <returns>With the version of the setting, 0 where there is none.</returns>
    private async Task<(ServedSnapshot Served, long Version)> ReadAsync(CancellationToken cancellation) =>
        await store.Settings.GetAsync(ServedSnapshot.Name, cancellation) is { } setting
            ? (ServedSnapshot.Parse(setting.Json), setting.Version)
            : (new(All.FirstOrDefault(snapshot => !File.Exists(Path.Combine(snapshot.Path, Promotion.FileName)))?.Id, []), 0);

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
