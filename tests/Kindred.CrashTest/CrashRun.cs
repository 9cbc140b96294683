using Kindred.Store;

namespace Kindred.CrashTest;

/// <summary>A program that acknowledges batches of events, and can be killed.</summary>
internal interface IVictim
{
    /// <summary>The address of the store it writes to.</summary>
    string Store { get; }

    /// <summary>Starts it and lets it write batches, from a number on, until it is killed; each one it acknowledges is reported.</summary>
    /// <returns>Ends when no further acknowledgement can come.</returns>
    Task WriteAsync(int run, Action<int> acknowledged, CancellationToken cancellationToken);

    /// <summary>SIGKILL.</summary>
    void Kill();

    /// <summary>Ends when it does all that is to be interrupted.</summary>
    Task BusyAsync(int run, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>It is killed at most so many ms after its first acknowledgement.</summary>
    int LongestPause => 250;

    /// <summary>Looks at what it keeps besides events, after a kill.</summary>
    /// <returns>How many things are there in part.</returns>
    Task<int> BrokenAsync(IStore store, CancellationToken cancellationToken) => Task.FromResult(0);

    /// <summary>Called between two runs, before the store is looked at: whatever else may be killed.</summary>
    Task BetweenRunsAsync(int run, CancellationToken cancellationToken);
}

/// <summary>What was found after all kills.</summary>
internal sealed record CrashReport(int Kills, long Acknowledged, long Stored, int Lost, int Doubled, int Torn, int Gaps, int Broken)
{
    public bool IsClean => (Lost, Doubled, Torn, Gaps, Broken) == (0, 0, 0, 0, 0) && Acknowledged > 0;

    public override string ToString() => $"{Kills} kills: {Acknowledged:N0} events acknowledged, {Stored:N0} stored; lost {Lost}, "
        + $"doubled {Doubled}, batches stored in part {Torn}, gaps between sequences {Gaps}, "
        + $"snapshots published in part {Broken}";
}

/// <summary>Kills a program again and again, and compares after each kill what it acknowledged with what is stored.</summary>
internal sealed class CrashRun(IVictim victim, int seed)
{
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _stored = new(StringComparer.Ordinal);
    private long _acknowledged, _last;
    private int _lost, _doubled, _torn, _gaps, _broken;

    public async Task<CrashReport> RunAsync(int kills, Action<string>? log, CancellationToken cancellationToken)
    {
        for (int run = 0; run < kills; run++)
        {
            var acknowledged = new List<int>();
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writing = victim.WriteAsync(run, batch =>
            {
                lock (acknowledged) acknowledged.Add(batch);
                first.TrySetResult();
            }, cancellationToken);
            await Task.WhenAny(first.Task, writing);
            if (!first.Task.IsCompleted) await writing; // it ended by itself: says why
            await Task.WhenAny(victim.BusyAsync(run, cancellationToken), writing);
            await Task.Delay(_random.Next(0, victim.LongestPause), cancellationToken);
            victim.Kill();
            await writing;
            await victim.BetweenRunsAsync(run, cancellationToken);
            await CompareAsync(run, acknowledged, cancellationToken);
            if (run % 10 == 9) log?.Invoke(Report(run + 1).ToString());
        }
        return Report(kills);
    }

    private CrashReport Report(int kills) => new(kills, _acknowledged, _stored.Count, _lost, _doubled, _torn, _gaps, _broken);

    private async Task CompareAsync(int run, List<int> acknowledged, CancellationToken cancellationToken)
    {
        await using var store = await Stores.OpenAsync(victim.Store, cancellationToken: cancellationToken);
        _broken += await victim.BrokenAsync(store, cancellationToken);
        var batches = new Dictionary<int, int>(); // events that are stored, by batch of this run
        while (await store.Events.AfterAsync(_last, 10_000, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var e in page)
            {
                if (e.Sequence != ++_last) _gaps++;
                _last = e.Sequence;
                if (!_stored.Add($"{e.UserId} {e.ItemId}")) _doubled++;
                var (eventRun, batch) = CrashBatch.Of(e);
                if (eventRun == run) batches[batch] = batches.GetValueOrDefault(batch) + 1;
            }
        }
        foreach (int batch in acknowledged)
        {
            int size = CrashBatch.Size(run, batch);
            _acknowledged += size;
            _lost += size - batches.GetValueOrDefault(batch);
        }
        _torn += batches.Count(batch => batch.Value != CrashBatch.Size(run, batch.Key));
    }
}
