using Kindred.Models;
using Kindred.Server.Experiments;
using Kindred.Snapshots;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Renewal;

/// <summary>
/// Serves the snapshot that the store names, on this server as on all others. Those that were served before stay open, so that a rollback
/// is the change of a reference.
/// </summary>
internal sealed partial class ServingSnapshots(
    SnapshotShelf shelf, TrainerCatalog trainers, LiveSnapshot live, SnapshotArms arms, RunningExperiments experiments,
    StoreChanges changes, ILogger<ServingSnapshots> log)
    : BackgroundService
{
    /// <summary>A snapshot that another server wrote may come to be seen here later than the setting that names it.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500), LongestInterval = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _work = new(1);
    private readonly Dictionary<string, (Snapshot Snapshot, IDisposable Hold)> _open = new(StringComparer.Ordinal);
    private string? _serving;
    private string? _failure;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += async list =>
        {
            if (list.Any(change => change is { Kind: ChangeKind.Setting, Id: ServedSnapshot.Name })) await TakeAsync(default);
        };
        await TakeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var (_, hold) in _open.Values) hold.Dispose();
        _open.Clear();
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    /// <summary>Tries again what could not be opened, less and less often: a damaged snapshot is read whole each time.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = Interval;
        while (true)
        {
            await Task.Delay(interval, stoppingToken);
            bool isLacking = _failure is not null || arms.IsLacking;
            interval = isLacking && interval < LongestInterval ? 2 * interval : isLacking ? LongestInterval : Interval;
            if (!isLacking) continue;
            try
            {
                if (_failure is not null) await TakeAsync(stoppingToken);
                await arms.RetryAsync();
            }
            catch (StoreUnavailableException) { } // later
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, e);
            }
        }
    }

    /// <summary>Swaps to what the store names, if that is another one. What cannot be opened is logged; the present one keeps
    /// answering.</summary>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        await _work.WaitAsync(cancellation);
        try
        {
            var served = await shelf.ServedAsync(cancellation);
            if (served.Snapshot is { } id && id != _serving)
            {
                var now = await experiments.ReadAsync(cancellation); // after what is served: what one change ended is not in it
                await arms.BeforeServingAsync(id, now.Running);
                Swap(id);
                await arms.AfterServingAsync();
            }
            string[] kept = [.. served.Previous.Append(served.Snapshot).OfType<string>()];
            foreach (string old in _open.Keys.Except(kept).Where(old => old != _serving).ToArray())
            {
                _open[old].Hold.Dispose();
                _open.Remove(old);
            }
        }
        finally
        {
            _work.Release();
        }
    }

    private void Swap(string id)
    {
        try
        {
            if (!_open.TryGetValue(id, out var opened))
            {
                var snapshot = Snapshot.Open(shelf.PathOf(id), trainers);
                _open.Add(id, opened = (snapshot, snapshot.Hold()));
            }
            live.Swap(opened.Snapshot);
            (_serving, _failure) = (id, null);
            LogServing(log, id, opened.Snapshot.Manifest.Model.Trainer);
        }
        catch (InputException e)
        {
            if (_failure != e.Message) LogRefused(log, e.Message);
            _failure = e.Message;
        }
    }

    [LoggerMessage(31, LogLevel.Information, "Answering from snapshot {Snapshot}, model {Model}")]
    private static partial void LogServing(ILogger log, string snapshot, string model);

    [LoggerMessage(37, LogLevel.Error, "A snapshot cannot be opened; trying again")]
    private static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(32, LogLevel.Error, "The promoted snapshot cannot be used, the present one keeps answering: {Reason}")]
    private static partial void LogRefused(ILogger log, string reason);
}
