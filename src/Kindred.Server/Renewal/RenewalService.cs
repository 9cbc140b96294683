using System.Diagnostics;
using Kindred.Reports.Markup;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Renewal;

/// <summary>Has models trained when it is time, or on request. One training at a time, of all servers of the store.</summary>
internal sealed partial class RenewalService(
    LivingFolder folder, IStore store, SnapshotShelf shelf, LivingOptions options, TimeProvider clock, ILogger<RenewalService> log)
    : BackgroundService
{
    private const int FirstEvents = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private DateTimeOffset _lastStart = DateTimeOffset.MinValue;
    private volatile string? _job; // the training's; null: it is not stored yet
    private string? _failure;

    /// <summary>Starts a training in a process of its own.</summary>
    /// <param name="trigger">Why, in a sentence.</param>
    /// <returns>The job, as it begins; null: a training is at work, here or on another server of the store.</returns>
    public async Task<Job?> StartAsync(string trigger)
    {
        var settings = await RenewalSettings.ReadAsync(store, options.Trainers);
        // others read of its end in the store before this thread knows
        if (_job is { } id && !_running.IsCompleted && await store.Jobs.GetAsync(id) is { State: not JobState.Running }) await _running;
        var started = new TaskCompletionSource<Job?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_running.IsCompleted || _stopping.IsCancellationRequested) return null;
            _job = null;
            _running = RunAsync(trigger, settings, started);
        }
        return await started.Task;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
        await _running;
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (_running.IsCompleted && await DueAsync(stoppingToken) is { } trigger) await StartAsync(trigger);
                _failure = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (_failure != e.Message) LogFailed(log, e.Message);
                _failure = e.Message;
            }
        }
    }

    /// <param name="hasCanary">One runs, and is to end first: to replace it each time would be never to decide.</param>
    /// <returns>Why a training is due, in a sentence; null: none is.</returns>
    internal static string? Due(
        RenewalSettings settings, long events, long learned, DateTimeOffset? lastTrained, DateTimeOffset now, bool hasCanary = false)
    {
        long fresh = events - learned;
        if (!settings.Enabled || fresh <= 0 || hasCanary) return null;
        long needed = settings.AfterEvents ?? Math.Max(FirstEvents, learned / 10);
        if (fresh >= needed) return $"There are {Format.Count(fresh)} new events, and every {Format.Count(needed)} a model is trained.";
        if (lastTrained is { } last && settings.EveryHours is { } hours && now - last >= TimeSpan.FromHours(hours))
            return FormattableString.Invariant($"A model is trained every {hours} hours.");
        return null;
    }

    private async Task<string?> DueAsync(CancellationToken cancellation)
    {
        var job = new RenewalJob(store, folder.Path);
        var latest = await job.FailLostAsync(cancellation);
        if (!options.Renewal || latest.Any(other => other.State == JobState.Running)) return null;
        var settings = await RenewalSettings.ReadAsync(store, options.Trainers, cancellation);
        var now = clock.GetUtcNow();
        var pause = TimeSpan.FromMinutes(settings.PauseMinutes);
        if (now - _lastStart < pause || latest.Any(other => job.IsOfAnother(other) && now - other.CreatedAt < pause)) return null;
        Promotion[] judged = [.. shelf.All.Select(snapshot => snapshot.Promotion).OfType<Promotion>()];
        long events = await store.Events.LastSequenceAsync(cancellation);
        return Due(
            settings, events, judged.Select(promotion => promotion.Sequence).DefaultIfEmpty(0).Max(),
            judged.Length == 0 ? null : judged.Max(promotion => promotion.JudgedAt), now,
            (await shelf.TrafficAsync(cancellation)).Canary is not null);
    }

    private async Task RunAsync(string trigger, RenewalSettings settings, TaskCompletionSource<Job?> started)
    {
        try
        {
            var job = await new RenewalJob(store, folder.Path).RunAsync(
                trigger, (report, turn) => TrainAsync(settings, report, turn), Tell, _stopping.Token);
            started.TrySetResult(null);
            if (job is null) return;
            var detail = RenewalJob.DetailOf(job);
            if (job.State == JobState.Succeeded) LogDone(log, detail.Snapshot ?? "no snapshot", detail.Reason);
            else LogFailed(log, detail.Reason ?? $"{job.State}");
        }
        catch (Exception e)
        {
            started.TrySetException(e);
            LogFailed(log, e.Message);
        }

        void Tell(Job job)
        {
            (_lastStart, _job) = (clock.GetUtcNow(), job.Id);
            started.SetResult(job);
        }
    }

    private async Task<RenewalResult> TrainAsync(RenewalSettings settings, IProgress<RenewalProgress> report, CancellationToken turn)
    {
        long start = Stopwatch.GetTimestamp();
        var result = await RenewalProcess.RunAsync(folder.Path, settings, report, turn);
        if (result.Verdict is not { } verdict) return result; // nothing was trained
        Instruments.TrainingDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
        Instruments.PromotionVerdicts.Add(1, Instruments.Tag("kindred.verdict", SnapshotAnswer.NameOf(verdict)));
        return result;
    }

    [LoggerMessage(33, LogLevel.Information, "Training ended with {Snapshot}: {Reason}")]
    private static partial void LogDone(ILogger log, string snapshot, string? reason);

    [LoggerMessage(34, LogLevel.Warning, "Training failed: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
