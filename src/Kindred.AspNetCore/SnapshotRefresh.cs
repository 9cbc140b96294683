using Kindred.Models;
using Kindred.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kindred.AspNetCore;

/// <summary>
/// Opens the newest snapshot before the host listens, and swaps to a newer one when it appears. What cannot be opened is logged once; the
/// present snapshot keeps answering, or none.
/// </summary>
internal sealed partial class SnapshotRefresh(
    LiveSnapshot snapshots, IOptions<KindredOptions> options, ILogger<SnapshotRefresh> log,
    TimeProvider? clock = null, TrainerCatalog? trainers = null) : BackgroundService
{
    private volatile string? _failure;
    private (string Path, int Ticks, int Left)? _refused; // reading it whole at every tick would cost much and change little

    /// <summary>Why the newest snapshot does not answer, in a sentence; null: it does.</summary>
    public string? Failure => _failure;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Refresh();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.ReloadInterval == TimeSpan.Zero) return;
        using var timer = new PeriodicTimer(options.Value.ReloadInterval, clock ?? TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Refresh();
    }

    private void Refresh()
    {
        try
        {
            string newest = Snapshot.Find(options.Value.Snapshots);
            if (IsWaiting(newest)) return;
            bool isNew = snapshots.Refresh(newest, trainers);
            (_failure, _refused) = (null, null);
            if (!isNew) return;
            using var lease = snapshots.TryAcquire();
            if (lease?.Snapshot.Manifest is { } served) LogServing(log, served.Id, served.Items, served.Users, served.Model.Trainer);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OptionsValidationException)
        {
            if (e.Message != _failure) LogFailure(e);
            _failure = e.Message;
        }
    }

    /// <summary>A snapshot that was refused is tried again after 1, 2, 4, … and at most 64 ticks.</summary>
    private bool IsWaiting(string newest)
    {
        if (_refused is not { } refused || refused.Path != newest)
        {
            _refused = (newest, 1, 0); // until it has been opened
            return false;
        }
        bool waits = refused.Left > 0;
        _refused = waits ? refused with { Left = refused.Left - 1 } : (newest, Math.Min(64, 2 * refused.Ticks), refused.Ticks);
        return waits;
    }

    private void LogFailure(Exception e)
    {
        if (e is not InputException) LogFailed(log, e);
        else if (snapshots.HasSnapshot) LogRefused(log, e.Message);
        else LogNone(log, e.Message);
    }

    [LoggerMessage(1, LogLevel.Information, "Serving {Snapshot}: {Items} items, {Users} users, model {Model}")]
    private static partial void LogServing(ILogger log, string snapshot, int items, int users, string model);

    [LoggerMessage(2, LogLevel.Warning, "No snapshot answers yet: {Reason}")]
    private static partial void LogNone(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Error, "The newest snapshot cannot be used, the present one keeps answering: {Reason}")]
    private static partial void LogRefused(ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Error, "Looking for a newer snapshot failed")]
    private static partial void LogFailed(ILogger log, Exception e);
}
