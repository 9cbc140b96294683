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
/// <param name="main">Of what is served.</param>
internal sealed partial class SnapshotArms(
    IStore store, SnapshotShelf shelf, TrainerCatalog trainers, LiveState main, TimeProvider clock, ILogger<SnapshotArms> log) : IDisposable
{
    private readonly SemaphoreSlim _work = new(1);
    private volatile IReadOnlyDictionary<string, Arm> _arms = new Dictionary<string, Arm>();
    private IReadOnlyList<LiveExperiment> _running = [];
    private Dictionary<string, string> _failures = []; // of snapshots that are needed
    private string? _next; // the snapshot that is served next; the main state may still answer from the one before

    /// <summary>Of all arms, also of those that are being read: what changes meanwhile must not be missed.</summary>
    public IEnumerable<LiveState> States => _arms.Values.Select(arm => arm.State);

    /// <summary>Of the arms that answer.</summary>
    public IEnumerable<LiveState> Started => _arms.Values.Where(arm => arm.IsStarted).Select(arm => arm.State);

    /// <returns>Null: the snapshot does not answer for an arm, or cannot.</returns>
    public LiveState? StateOf(string snapshot) => _arms.GetValueOrDefault(snapshot) is { IsStarted: true } arm ? arm.State : null;

    /// <summary>Whether this server can answer from a snapshot now.</summary>
    public bool Has(string snapshot) => main.ServedId == snapshot || StateOf(snapshot) is not null;

    /// <summary>Opens what running experiments ask for, and closes the others.</summary>
    public Task TakeAsync(IReadOnlyList<LiveExperiment> running) => OpenAsync(() => _running = running);

    /// <summary>Before a snapshot is served instead of another one that arms may need.</summary>
    /// <param name="running">The experiments as of the same change: those that it ended need nothing more.</param>
    public Task BeforeServingAsync(string snapshot, IReadOnlyList<LiveExperiment> running) =>
        // before the start nothing is answered
        OpenAsync(() => (_next, _running) = (snapshot, main.ServedId is null ? [] : running), closes: false);

    /// <summary>
    /// When another snapshot is to be served: the main state takes it over first, then arms that nothing needs are closed. So who had it as
    /// the treatment of a canary keeps it when it answers everyone.
    /// </summary>
    public async Task AfterServingAsync()
    {
        try
        {
            if (main.ServedId is not null) await main.PollAsync();
        }
        catch (StoreUnavailableException) { } // it looks again soon
        await OpenAsync(() => { });
    }

    /// <summary>Whether a snapshot that is needed cannot be opened.</summary>
    public bool IsLacking => _failures.Count > 0;

    /// <summary>Opens what could not be opened before: another server may have written it only just now.</summary>
    public Task RetryAsync() => IsLacking ? OpenAsync(() => { }) : Task.CompletedTask;

    public void Dispose()
    {
        foreach (var arm in _arms.Values) arm.Dispose();
        _work.Dispose();
    }

    private async Task OpenAsync(Action change, bool closes = true)
    {
        await _work.WaitAsync();
        try
        {
            change();
            string[] needed = [.. _running.SelectMany(experiment => experiment.Snapshots).Distinct()];
            foreach (string id in needed) if (!_arms.ContainsKey(id) && !IsServed(id)) await AddAsync(id);
            _failures = _failures.Where(failure => needed.Contains(failure.Key) && !_arms.ContainsKey(failure.Key)
                && !IsServed(failure.Key)).ToDictionary();
            if (!closes) return;
            foreach (string id in _arms.Keys.Except(needed).ToArray()) Remove(id);
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>Whether the main state answers from it, and will do so.</summary>
    private bool IsServed(string id) => id == _next && (main.ServedId ?? id) == id;

    private async Task AddAsync(string id)
    {
        var live = new LiveSnapshot();
        var arm = new Arm(live, new(store, live, trainers, clock));
        try
        {
            live.Swap(Snapshot.Open(shelf.PathOf(id), trainers));
            _arms = new Dictionary<string, Arm>(_arms) { [id] = arm };
            await arm.State.StartAsync(default);
            arm.IsStarted = true;
        }
        catch (Exception e)
        {
            if (_arms.ContainsKey(id)) Remove(id);
            else arm.Dispose();
            if (e is not (InputException or StoreUnavailableException)) throw;
            if (_failures.GetValueOrDefault(id) != e.Message) LogRefused(log, id, e.Message);
            _failures = new(_failures) { [id] = e.Message };
        }
    }

    private void Remove(string id)
    {
        var arm = _arms[id];
        _arms = _arms.Where(other => other.Key != id).ToDictionary();
        arm.Dispose(); // requests under way have leases
    }

    [LoggerMessage(42, LogLevel.Error,
        "The snapshot {Snapshot} of an experiment's arm cannot be used, so nobody takes part on this server: {Reason}")]
    private static partial void LogRefused(ILogger log, string snapshot, string reason);

    private sealed class Arm(LiveSnapshot live, LiveState state) : IDisposable
    {
        public volatile bool IsStarted;

        public LiveState State => state;

        public void Dispose()
        {
            state.Dispose();
            live.Dispose();
        }
    }
}
