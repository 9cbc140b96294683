using Kindred.Models;
using Kindred.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kindred.AspNetCore;

/// <summary>
/// Opens the newest snapshot before the host listens, and swaps to a newer one when it appears. What cannot be opened is logged once; the
/// present snapshot keeps answering or, at the start, the newest one that can be opened.
/// </summary>
internal sealed partial class SnapshotRefresh(
    LiveSnapshot snapshots, KindredOptions options, ILogger<SnapshotRefresh> log,
    TimeProvider? clock = null, TrainerCatalog? trainers = null) : BackgroundService
{
    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Snapshots));
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
        if (options.ReloadInterval == TimeSpan.Zero) return;
        using var timer = new PeriodicTimer(options.ReloadInterval, clock ?? TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Refresh();
    }

    private void Refresh()
    {
        try
        {
            if (!Directory.Exists(_folder))
                throw new InputException($"{_folder} does not exist; publish a snapshot into it, or name another folder as Snapshots.");
            string newest = Snapshot.Find(_folder);
            if (IsWaiting(newest)) return;
            bool isNew = snapshots.Refresh(_folder, trainers);
            (_refused, snapshots.Absence) = (null, null);
            using var lease = snapshots.TryAcquire();
            if (lease?.Snapshot is not { } snapshot) return;
            var skipped = isNew ? snapshot.Skipped : Snapshot.UnreadableAfter(snapshot.Path, _folder);
            if (isNew || _failure is null)
                foreach (string reason in skipped) LogSkipped(log, reason);
            _failure = skipped is [var why, ..] ? why : null;
            if (!isNew) return;
            var served = snapshot.Manifest;
            LogServing(log, served.Id, served.Items, served.Users, served.Model.Trainer);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OptionsValidationException)
        {
            if (e.Message != _failure) LogFailure(e);
            _failure = e.Message;
            snapshots.Absence = e is InputException ? WithoutPaths(e.Message) : null;
        }
    }

    /// <summary>Who asks over HTTP need not know where the host keeps its files.</summary>
    private string WithoutPaths(string sentence) =>
        sentence.Replace(_folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Replace(_folder, "the folder of snapshots", StringComparison.Ordinal);

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

    [LoggerMessage(5, LogLevel.Warning, "Skipped a newer snapshot: {Reason}")]
    private static partial void LogSkipped(ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Error, "Looking for a newer snapshot failed")]
    private static partial void LogFailed(ILogger log, Exception e);
}
