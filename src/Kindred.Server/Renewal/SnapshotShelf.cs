using Kindred.Models;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;
using Kindred.Store;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Renewal;

/// <summary>A snapshot of a living folder, and what is known of it.</summary>
/// <param name="Promotion">Null: it was not judged, such as one that `kindred publish` wrote.</param>
internal sealed record ShelvedSnapshot(string Id, string Path, Promotion? Promotion);

/// <summary>The snapshots of a living folder: which are there, which one is served, which are kept.</summary>
/// <param name="warn">Told, in a sentence, what could not be kept beside a snapshot after a change; null: nobody is.</param>
internal sealed partial class SnapshotShelf(
    LivingFolder folder, IStore store, TrainerCatalog trainers, TimeProvider? clock = null, Action<string>? warn = null)
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<ShelvedSnapshot> All => !Directory.Exists(folder.Snapshots) ? [] :
        [.. SnapshotNumber.NewestFirst(folder.Snapshots).Select(path => new ShelvedSnapshot(IdOf(path), path, Promotion.Read(path)))];

    public string PathOf(string id) => Path.Combine(folder.Snapshots, id);

    /// <summary>
    /// What is served, for everyone who asks: what was promoted or, as long as nothing was, the newest snapshot that no gate judged, such
    /// as one that `kindred publish` wrote. Experiments of a newer server, which this one cannot read, do not matter here.
    /// </summary>
    public async Task<ServedSnapshot> ServedAsync(CancellationToken cancellation = default) =>
        ServedOf(await store.Settings.GetAsync(ServedSnapshot.Name, cancellation));

    /// <summary>What is served, and which experiments there are.</summary>
    /// <exception cref="InputException">A newer server wrote the experiments.</exception>
    public async Task<Traffic> TrafficAsync(CancellationToken cancellation = default) => (await ReadAsync(cancellation)).Traffic;

    /// <summary>Serves a snapshot, as a person wants it; models are promoted by themselves again, and a canary ends.</summary>
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
        return await ServeAsync(snapshot, _ => true, by, reason, cancellation);
    }

    /// <summary>Prepares to serve a snapshot together with other changes, also one that failed the gate.</summary>
    /// <returns>For <see cref="ChangeAsync"/>; after that, <see cref="NotePromoted"/> has the snapshot's record say so.</returns>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public Task<Func<Traffic, TrafficChange>> PromotingAsync(
        string id, string by, string? reason, CancellationToken cancellation = default) =>
        PromotingAsync(Find(id), by, reason, cancellation);

    /// <summary>Has the record of a snapshot say that it was promoted.</summary>
    public void NotePromoted(string id, string by, string? reason) => Note(id, by, CanaryStep.PromotedAction, reason);

    /// <summary>Serves a snapshot that passed the gate, unless people changed meanwhile what is served: the gate did not compare it with
    /// that.</summary>
    /// <param name="before">What was served when the gate judged.</param>
    /// <returns>What is served now.</returns>
    public Task<ServedSnapshot> PromoteAsync(Promotion passed, ServedSnapshot before, CancellationToken cancellation = default) =>
        ServeAsync(
            Find(passed.Snapshot), now => !now.IsHeld && now.Snapshot == before.Snapshot, CanaryStep.Gate, passed.Reason, cancellation);

    /// <summary>Serves the snapshot of a canary that has ended well to everyone; nothing happens if it was ended before.</summary>
    /// <returns>Whether it is served by this call.</returns>
    /// <exception cref="InputException">The snapshot is gone or damaged.</exception>
    public async Task<bool> PromoteCanaryAsync(
        LiveExperiment canary, Outcome outcome, string reason, CancellationToken cancellation = default)
    {
        bool isPromoted = false;
        string id = canary.Canary!.Snapshot;
        var (snapshot, keep) = await ServableAsync(new(id, PathOf(id), null), cancellation); // whatever records of others are like
        await ChangeAsync(traffic =>
        {
            var running = traffic.Experiments.Find(canary.Name);
            isPromoted = running is { State: ExperimentState.Running };
            if (!isPromoted) return null;
            var ended = running!.Stopped(Now, CanaryStep.Gate, $"{reason} It answers everyone.", outcome, isPromoted: true);
            return new TrafficChange(traffic with { Served = Serving(snapshot, traffic.Served, keep) }, [])
                .Stopping(ended, CanaryStep.Gate).Noting(CanaryStep.Gate, TrafficChange.Promote, snapshot.Id, reason);
        }, cancellation: cancellation);
        return isPromoted;
    }

    /// <summary>Serves the snapshot that was served before; a canary and experiments with the one of now end.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public async Task<ServedSnapshot> RollBackAsync(string by, string? reason = null, CancellationToken cancellation = default)
    {
        string? rolledBack = null;
        var next = (await ChangeAsync(traffic =>
        {
            string[] there = [.. traffic.Served.Previous.Where(id => Snapshot.Is(PathOf(id)))];
            if (there is not [var target, .. var older])
                throw new InputException("No snapshot was served before, so there is none to roll back to.");
            rolledBack = traffic.Served.Snapshot;
            var change = traffic.RollingBack(new(target, older, IsHeld: true), by, Now);
            if (rolledBack is not null) change = change.Noting(by, TrafficChange.RollBack, rolledBack, reason);
            return change.Noting(by, TrafficChange.Restore, target, reason);
        }, cancellation: cancellation)).Served;
        if (rolledBack is not null) Note(rolledBack, by, "rolled back", reason);
        Note(next.Snapshot!, by, "rolled back to", reason);
        return next;
    }

    /// <summary>
    /// Changes who is answered by what, and writes the audit log, in one transaction. Another server may do so at the same time: each
    /// change is made to what is there.
    /// </summary>
    /// <param name="change">From what is there to what shall be, null for no change; may be called again.</param>
    /// <param name="others">Reads which other settings change with it; may be called again. Null: none.</param>
    /// <returns>What is there now.</returns>
    public async Task<Traffic> ChangeAsync(
        Func<Traffic, TrafficChange?> change, Func<Task<IReadOnlyList<SettingChange>>>? others = null,
        CancellationToken cancellation = default)
    {
        while (true)
        {
            var (traffic, servedVersion, experimentsVersion) = await ReadAsync(cancellation);
            if (change(traffic) is not var (next, entries)) return traffic;
            SettingChange[] changes =
            [
                new(ServedSnapshot.Name, next.Served == traffic.Served ? null : next.Served.ToJson(), servedVersion),
                new(ExperimentList.Name, next.Experiments == traffic.Experiments ? null : next.Experiments.ToJson(), experimentsVersion),
                .. others is null ? [] : await others(),
            ];
            if (!await store.Settings.ChangeAsync(changes, entries, cancellation)) continue;
            if (next.Experiments != traffic.Experiments) RecordCanaries(next.Experiments);
            return next;
        }
    }

    /// <summary>
    /// Has the records of snapshots say what their canaries came to, also where a server was killed before it wrote that down. Never fails:
    /// what it tells is in the store already.
    /// </summary>
    public void RecordCanaries(ExperimentList experiments)
    {
        foreach (var experiment in experiments.Experiments)
            if (experiment.Canary is { } canary) Keep(canary.Snapshot, known => CanaryStep.Record(known, experiment));
    }

    /// <summary>
    /// Removes snapshots that nothing needs: neither served nor to be rolled back to, nor an experiment's, nor among the newest.
    /// </summary>
    /// <returns>Their ids.</returns>
    public async Task<IReadOnlyList<string>> TidyAsync(CancellationToken cancellation = default)
    {
        int keep = (await RenewalSettings.ReadAsync(store, trainers, cancellation)).Keep;
        var (served, experiments) = await TrafficAsync(cancellation);
        string[] needed =
        [
            .. served.Previous.Take(keep).Append(served.Snapshot).OfType<string>(),
            .. experiments.Experiments.Where(experiment => experiment.State != ExperimentState.Stopped)
                .SelectMany(experiment => experiment.Snapshots),
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

    /// <returns>Why a snapshot cannot be served, as it is gone or damaged; null: it can.</returns>
    public string? ProblemOf(string id)
    {
        try
        {
            Snapshot.Open(PathOf(id), trainers).Dispose();
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    private async Task<ServedSnapshot> ServeAsync(
        ShelvedSnapshot asked, Predicate<ServedSnapshot> may, string by, string? reason, CancellationToken cancellation)
    {
        var promote = await PromotingAsync(asked, by, reason, cancellation);
        bool isChanged = false;
        var traffic = await ChangeAsync(traffic =>
        {
            isChanged = may(traffic.Served);
            return isChanged ? promote(traffic) : null;
        }, cancellation: cancellation);
        if (isChanged) NotePromoted(asked.Id, by, reason);
        return traffic.Served;
    }

    private async Task<Func<Traffic, TrafficChange>> PromotingAsync(
        ShelvedSnapshot asked, string by, string? reason, CancellationToken cancellation)
    {
        var (snapshot, keep) = await ServableAsync(asked, cancellation);
        return traffic => traffic.Serving(Serving(snapshot, traffic.Served, keep), by, Now)
            .Noting(by, TrafficChange.Promote, snapshot.Id, reason);
    }

    /// <returns>It, if it is not damaged, and how many are kept.</returns>
    private async Task<(ShelvedSnapshot Snapshot, int Keep)> ServableAsync(ShelvedSnapshot snapshot, CancellationToken cancellation)
    {
        Snapshot.Open(snapshot.Path, trainers).Dispose();
        return (snapshot, (await RenewalSettings.ReadAsync(store, trainers, cancellation)).Keep);
    }

    private static ServedSnapshot Serving(ShelvedSnapshot snapshot, ServedSnapshot before, int keep) => new(
        snapshot.Id, [.. before.Previous.Prepend(before.Snapshot).OfType<string>().Where(old => old != snapshot.Id).Take(keep)]);

    /// <returns>With the versions of both settings, 0 where there is none.</returns>
    private async Task<(Traffic Traffic, long ServedVersion, long ExperimentsVersion)> ReadAsync(CancellationToken cancellation)
    {
        var served = await store.Settings.GetAsync(ServedSnapshot.Name, cancellation);
        var experiments = await store.Settings.GetAsync(ExperimentList.Name, cancellation);
        return (
            new(ServedOf(served), experiments is not null ? ExperimentList.Parse(experiments.Json) : new([])),
            served?.Version ?? 0, experiments?.Version ?? 0);
    }

    private ServedSnapshot ServedOf(Setting? setting) => setting is not null ? ServedSnapshot.Parse(setting.Json)
        : new(All.FirstOrDefault(snapshot => !File.Exists(Path.Combine(snapshot.Path, Promotion.FileName)))?.Id, []);

    /// <summary>To the millisecond, as the store keeps times.</summary>
    public DateTimeOffset Now =>
        DateTimeOffset.FromUnixTimeMilliseconds((clock ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds());

    private void Note(string id, string by, string action, string? reason)
    {
        var step = new PromotionStep(Now, by, action, reason);
        Keep(id, promotion => promotion with { Steps = [.. promotion.Steps, step] });
    }

    /// <summary>What a record tells is committed, so that nothing fails for a file that cannot be written.</summary>
    private void Keep(string id, Func<Promotion, Promotion> change)
    {
        try
        {
            Promotion.Change(PathOf(id), change);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"What happened to {id} cannot be kept in its {Promotion.FileName}: {e.Message}");
        }
    }

    private static string IdOf(string path) => Path.GetFileName(path);

    [LoggerMessage(48, LogLevel.Error, "{Sentence}")]
    public static partial void LogNotKept(ILogger log, string sentence);
}
