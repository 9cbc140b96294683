using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Snapshots;
using Kindred.Store;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Experiments;

/// <summary>
/// Snapshots that answer for arms of running experiments beside the one that is served: each with what happened since, like that one. The
/// set of them is replaced whole. An arm's snapshot that is served needs none of its own; before another one is served, it gets one.
/// </summary>
internal sealed partial class SnapshotArms(
    IStore store, SnapshotShelf shelf, TrainerCatalog trainers, TimeProvider clock, ILogger<SnapshotArms> log) : IDisposable
{
    private readonly SemaphoreSlim _work = new(1);
    private volatile IReadOnlyDictionary<string, Arm> _arms = new Dictionary<string, Arm>();
    private ExperimentSet _experiments = ExperimentSet.Empty;
    private string? _served;

    /// <summary>Of all arms.</summary>
    public IEnumerable<LiveState> States => _arms.Values.Select(arm => arm.State);

    /// <returns>Null: the snapshot does not answer for an arm, or cannot.</returns>
    public LiveState? StateOf(string snapshot) => _arms.GetValueOrDefault(snapshot)?.State;

    /// <summary>Opens what running experiments ask for, and closes the others.</summary>
    public Task TakeAsync(ExperimentSet experiments) => OpenAsync(() => _experiments = experiments);

    /// <summary>Before a snapshot is served instead of another one, that arms may need.</summary>
    public Task BeforeServingAsync(string snapshot) => OpenAsync(() => _served = snapshot);

    private async Task OpenAsync(Action change)
    {
        await _work.WaitAsync();
        try
        {
            change();
            var before = _arms;
            var next = new Dictionary<string, Arm>();
            foreach (string id in _experiments.Running.SelectMany(experiment => experiment.Snapshots).Distinct())
                if ((before.GetValueOrDefault(id) ?? (id == _served ? null : await OpenAsync(id))) is { } arm) next.Add(id, arm);
            _arms = next;
            foreach (var (id, arm) in before) if (!next.ContainsKey(id)) arm.Dispose(); // requests under way have leases
        }
        finally
        {
            _work.Release();
        }
    }

    public void Dispose()
    {
        foreach (var arm in _arms.Values) arm.Dispose();
        _work.Dispose();
    }

    private async Task<Arm?> OpenAsync(string id)
    {
        var live = new LiveSnapshot();
        var state = new LiveState(store, live, trainers, clock);
        try
        {
            live.Swap(Snapshot.Open(shelf.PathOf(id), trainers));
            await state.StartAsync(default);
            return new(live, state);
        }
        catch (Exception e) when (e is InputException or StoreUnavailableException)
        {
            LogRefused(log, id, e.Message);
            state.Dispose();
            live.Dispose();
            return null;
        }
    }

    [LoggerMessage(42, LogLevel.Error, "The snapshot {Snapshot} of an experiment's arm cannot be used, control answers for it: {Reason}")]
    private static partial void LogRefused(ILogger log, string snapshot, string reason);

    private sealed record Arm(LiveSnapshot Live, LiveState State) : IDisposable
    {
        public void Dispose()
        {
            State.Dispose();
            Live.Dispose();
        }
    }
}
