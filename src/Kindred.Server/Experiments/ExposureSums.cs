using System.Collections.Concurrent;
using Kindred.Store;
using Kindred.Store.Sql;

namespace Kindred.Server.Experiments;

/// <summary>
/// Collects who is exposed in experiments and how they are answered, until <see cref="FlushAsync"/> adds it to the store. Answers never
/// wait for it. Safe to use from any number of threads.
/// </summary>
internal sealed class ExposureSums : IDisposable
{
    private const int MostWaiting = 500_000, MostTriggered = 2_000_000;

    private readonly IStore _store;
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _triggered = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _flushing = new(1);
    private readonly string _writer = Guid.NewGuid().ToString("N");
    private Dictionary<(string Experiment, string Unit, string Arm, int Day), ExposedUnit> _waiting = [];
    private IReadOnlyList<ExposedUnit> _sent = []; // of which it is not known whether the store has them
    private long _batch, _dropped;

    public ExposureSums(IStore store, StoreChanges changes)
    {
        _store = store;
        changes.Changed += Forget;
    }

    /// <summary>Answers that were not counted: too many waited for a store that was away, or the unit's id is none that it keeps.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Whether the unit was exposed before, as far as is known here: what is forgotten is only found out again.</summary>
    public bool IsTriggered(string experiment, string unit) =>
        _triggered.TryGetValue(experiment, out var units) && units.ContainsKey(unit);

    /// <summary>Notes that a unit was exposed.</summary>
    public void Trigger(string experiment, string unit)
    {
        var units = _triggered.GetOrAdd(experiment, static _ => new(StringComparer.Ordinal));
        if (units.Count < MostTriggered) units.TryAdd(unit, true);
    }

    /// <summary>Counts an answer to a unit that is exposed.</summary>
    public void Add(TakenPart part, string unit, DateTimeOffset time, double latency, bool isEmpty, bool isFailed)
    {
        time = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
        Add(new(part.Experiment.Name, unit, part.Arm, part.Experiment.DayOf(time), time)
        {
            Answers = 1,
            Empty = isEmpty ? 1 : 0,
            Failed = isFailed ? 1 : 0,
            Latency = latency,
        });
    }

    /// <summary>
    /// Adds what waits to the store. If that fails, the same batch is sent again the next time: where only the answer of a commit was lost,
    /// the store knows it.
    /// </summary>
    public async Task FlushAsync(CancellationToken cancellation = default)
    {
        await _flushing.WaitAsync(cancellation);
        try
        {
            await SendAsync(cancellation);
            lock (_gate)
            {
                if (_waiting.Count == 0) return;
                (_sent, _waiting) = ([.. _waiting.Values], []);
            }
            _batch++;
            await SendAsync(cancellation);
        }
        finally
        {
            _flushing.Release();
        }
    }

    /// <summary>Drops what is known of a unit that was forgotten. What is on its way to the store is refused there.</summary>
    /// <returns>What it dropped.</returns>
    public ForgottenPlace Forget(string unit)
    {
        long before = 0;
        foreach (var units in _triggered.Values) if (units.TryRemove(unit, out _)) before++;
        lock (_gate)
        {
            foreach (var key in _waiting.Keys.Where(key => key.Unit == unit).ToArray())
            {
                _waiting.Remove(key);
                before++;
            }
        }
        return new("experiments in memory", before, 0);
    }

    /// <summary>Drops what is known of experiments that do not run.</summary>
    public void Keep(IEnumerable<string> running)
    {
        foreach (string ended in _triggered.Keys.Except(running).ToArray()) _triggered.TryRemove(ended, out _);
    }

    public void Dispose() => _flushing.Dispose();

    /// <summary>What was forgotten by another server, whose changes have a hash of the id alone.</summary>
    private Task Forget(IReadOnlyList<StoreChange> changes)
    {
        var hashes = changes.Where(change => change.Kind == ChangeKind.ForgottenUser).Select(change => change.Id).ToHashSet();
        if (hashes.Count == 0) return Task.CompletedTask;
        HashSet<string> units;
        lock (_gate) units = [.. _waiting.Keys.Select(key => key.Unit)];
        foreach (var triggered in _triggered.Values) units.UnionWith(triggered.Keys);
        foreach (string unit in units) if (hashes.Contains(IdHash.From(unit))) Forget(unit); // hashed outside of the lock
        return Task.CompletedTask;
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        await _store.Experiments.AddAsync(_writer, _batch, _sent, cancellation);
        _sent = [];
    }

    private void Add(ExposedUnit sum)
    {
        if (!StoredText.IsKept(sum.Unit))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        var key = (sum.Experiment, sum.Unit, sum.Arm, sum.Day);
        lock (_gate)
        {
            if (!_waiting.TryGetValue(key, out var present))
            {
                if (_waiting.Count < MostWaiting) _waiting.Add(key, sum);
                else Interlocked.Increment(ref _dropped);
                return;
            }
            _waiting[key] = present with
            {
                First = present.First < sum.First ? present.First : sum.First,
                Answers = present.Answers + sum.Answers,
                Empty = present.Empty + sum.Empty,
                Failed = present.Failed + sum.Failed,
                Latency = present.Latency + sum.Latency,
            };
        }
    }
}
