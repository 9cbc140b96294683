using System.Collections.Concurrent;
using System.Globalization;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Kindred.Store.Exposures;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Experiments;

/// <summary>
/// Evaluates running experiments each in its own period, and stops what does harm or is over. All servers of a store do so: whoever sees it
/// first changes the one setting that all of them obey.
/// </summary>
internal sealed partial class ExperimentService(
    IStore store, ExperimentRegistry registry, RunningExperiments running, SnapshotArms arms, SnapshotShelf shelf, ExposureSums sums,
    InterleavedExperiments interleaved, StoreChanges changes, Forgetting forgetting, LiveState state, TimeProvider clock,
    ILogger<ExperimentService> log) : BackgroundService
{
    private const string ActorOfEnd = "design";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>After the stop: so late may events come in that happened before.</summary>
    private static readonly TimeSpan UnitsAreKept = TimeSpan.FromDays(30);

    /// <summary>With fewer in an arm an interval that large numbers make valid is none.</summary>
    private const long FewestUnits = 30;

    private readonly ConcurrentDictionary<string, Evaluated> _evaluated = new(StringComparer.Ordinal);
    private readonly HashSet<string> _settled = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _work = new(1); // one evaluation at a time

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        running.Changed += async set =>
        {
            await arms.TakeAsync(set.Running);
            sums.Keep(set.Running.Select(experiment => experiment.Name));
            shelf.RecordCanaries(new(set.All));
        };
        changes.Changed += list =>
        {
            // what was merged, removed or forgotten is in sums: they are made anew
            if (list.Any(change => change.Kind is ChangeKind.History or ChangeKind.ForgottenUser or ChangeKind.ForgottenItem))
                foreach (var evaluated in _evaluated.Values) evaluated.IsOutdated = true;
            return Task.CompletedTask;
        };
        forgetting.Add((kind, id) => Task.FromResult(kind == SubjectKind.User ? sums.Forget(id) : new("experiments in memory", 0, 0)));
        await arms.TakeAsync(running.Current.Running);
        shelf.RecordCanaries(new(running.Current.All)); // also those of a server that was killed before it could
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await sums.FlushAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    /// <summary>An experiment as it stands now.</summary>
    public async Task<OnlineExperimentReport> ReportAsync(LiveExperiment experiment, CancellationToken cancellation = default)
    {
        await sums.FlushAsync(cancellation); // what was just answered counts
        if (experiment.State == ExperimentState.Running) return await EvaluateAsync(experiment, cancellation);
        return WithDropped(await ExperimentReports.ReadAsync(experiment, store, clock.GetUtcNow(), cancellation));
    }

    /// <summary>When the guardrails of a running experiment were last looked at; null: not yet.</summary>
    public DateTimeOffset? EvaluatedAt(string name) => _evaluated.GetValueOrDefault(name)?.At;

    /// <summary>What a running experiment showed then; null: nothing was looked at yet.</summary>
    public OnlineExperimentReport? LatestOf(string name) => _evaluated.GetValueOrDefault(name)?.Report;

    /// <summary>Why nobody takes part in it on this server; null: its condition fits what is served.</summary>
    public string? ConditionProblem(string name)
    {
        try
        {
            using var view = state.Acquire();
            return running.Current.ProblemOf(name, view.Served.Interactions);
        }
        catch (NoSnapshotException)
        {
            return null;
        }
    }

    /// <summary>What was answered is stored in time, also while an evaluation takes long.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            Repeat(sums.FlushAsync, stoppingToken), Repeat(EvaluateDueAsync, stoppingToken),
            Repeat(cancellation => interleaved.CreditDueAsync(running.Current.All, cancellation), stoppingToken));

    private async Task Repeat(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        string? failure = null;
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await work(stoppingToken);
                failure = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (failure != e.Message) LogFailed(log, e);
                failure = e.Message;
            }
        }
    }

    private async Task EvaluateDueAsync(CancellationToken cancellation)
    {
        var set = running.Current;
        foreach (string ended in _evaluated.Keys.Except(set.Running.Select(experiment => experiment.Name)).ToArray())
            _evaluated.TryRemove(ended, out _);
        foreach (var experiment in set.Running)
        {
            var now = clock.GetUtcNow();
            var period = TimeSpan.FromMinutes(experiment.Setup.EvaluateMinutes);
            bool isOver = experiment.IsOver(now);
            bool isDue = isOver || now - (EvaluatedAt(experiment.Name) ?? experiment.StartedAt) >= period;
            if (isDue && experiment.Canary is not null) await DecideAsync(experiment, now, cancellation);
            else if (isDue && !experiment.Setup.Interleaved
                && Breach(experiment, await EvaluateAsync(experiment, cancellation)) is { } harm)
                await EndAsync(experiment, harm, Outcome.NotAnswered, cancellation);
            else if (isOver)
            {
                // what comes now would not count, so that no guardrail could act on it
                string end = $"The design's {experiment.Setup.Experiment.Design.Days} days are over; all traffic is control's.";
                await registry.StopAsync(experiment.Name, ActorOfEnd, end, Outcome.NotAnswered, cancellation);
                await changes.CatchUpAsync(cancellation);
                LogOver(log, experiment.Name, end);
            }
        }
        foreach (var experiment in set.All) await SettleAsync(experiment, cancellation); // last: guardrails never wait for it
    }

    /// <summary>Ends a canary when it is time: its snapshot answers everyone from then on, or nobody.</summary>
    private async Task DecideAsync(LiveExperiment experiment, DateTimeOffset now, CancellationToken cancellation)
    {
        if (CanaryStep.Decide(experiment, await EvaluateAsync(experiment, cancellation), now) is not var (outcome, reason)) return;
        string snapshot = experiment.Canary!.Snapshot;
        if (outcome is not (Outcome.Passed or Outcome.NotAnswered)) await EndAsync(experiment, reason, outcome, cancellation);
        else if (shelf.ProblemOf(snapshot) is { } problem) await EndAsync(experiment, problem, Outcome.Failed, cancellation);
        else
        {
            bool isPromoted = await shelf.PromoteCanaryAsync(experiment, outcome, reason, cancellation);
            await changes.CatchUpAsync(cancellation);
            if (isPromoted) LogPromoted(log, snapshot, reason);
        }
    }

    /// <summary>Everyone gets control from now on.</summary>
    private async Task EndAsync(LiveExperiment experiment, string reason, Outcome outcome, CancellationToken cancellation)
    {
        string by = outcome == Outcome.NeedsPerson ? CanaryStep.Gate : CanaryStep.Guardrails;
        await registry.StopAsync(experiment.Name, by, reason, outcome, cancellation);
        await changes.CatchUpAsync(cancellation);
        Instruments.ExperimentsStopped.Add(1);
        LogStopped(log, experiment.Name, reason);
    }

    private async Task<OnlineExperimentReport> EvaluateAsync(LiveExperiment experiment, CancellationToken cancellation)
    {
        await changes.CatchUpAsync(cancellation); // events of a session that were given to a user are not to be read twice
        await _work.WaitAsync(cancellation);
        var evaluated = _evaluated.GetOrAdd(experiment.Name, static _ => new());
        try
        {
            string setup = SettingJson.Write(experiment.Setup);
            if (evaluated.IsOutdated || evaluated.Setup != setup) evaluated.Evaluation = null;
            (evaluated.IsOutdated, evaluated.Setup) = (false, setup);
            var evaluation = evaluated.Evaluation ?? new ExperimentEvaluation(experiment, store);
            evaluated.Evaluation = null; // one that fails half way is not used again
            var now = clock.GetUtcNow();
            if (!await evaluation.UpdateAsync(cancellation))
            {
                evaluation = new(experiment, store);
                await evaluation.UpdateAsync(cancellation);
            }
            foreach (string unit in evaluation.TakeEntered()) sums.Trigger(experiment.Name, unit);
            evaluated.Report = WithDropped(evaluation.Report(now));
            (evaluated.Evaluation, evaluated.At) = (evaluation, now);
            return evaluated.Report;
        }
        finally
        {
            _work.Release();
        }
    }

    private OnlineExperimentReport WithDropped(OnlineExperimentReport report) => sums.Dropped == 0 ? report : report with
    {
        Notes =
        [
            .. report.Notes, FormattableString.Invariant($"{sums.Dropped:N0} answers of this server, since its start, are not counted: ")
                + "more than 500,000 users and sessions waited for the store, or ids could not be stored.",
        ],
    };

    /// <summary>When nothing more is to come, what an experiment showed is kept, and the rows of its units are removed.</summary>
    private async Task SettleAsync(LiveExperiment experiment, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (_settled.Contains(experiment.Name) || !(now - experiment.StoppedAt > UnitsAreKept)) return;
        await ExperimentReports.KeepAsync(experiment, store, now, cancellation);
        _settled.Add(experiment.Name);
    }

    /// <returns>What harm was seen, and by when, in sentences; null: none.</returns>
    internal static string? Breach(LiveExperiment experiment, OnlineExperimentReport report)
    {
        bool IsEnough(string arm) => report.Arms.Where(units => units.Arm == arm || units.Arm == experiment.Control)
            .All(units => units.Units >= FewestUnits);
        var reasons = report.Results
            .Where(result => result.Metric.Role == OnlineMetricRole.Guardrail && result.Outcome == MetricOutcome.Worse)
            .Where(result => IsEnough(result.Arm))
            .Select(result => $"Guardrail {result.Metric.Name} of {result.Arm}: {result.Says}").ToList();
        if (experiment.Setup.StopOnMismatch)
        {
            // the one that holds however often one looks
            var ratio = report.Health.SingleOrDefault(check => check.Name == "sample ratio, looked at daily");
            if (ratio is { IsHealthy: false }) reasons.Add($"Sample ratio: {ratio.Says}");
        }
        if (reasons.Count == 0) return null;
        string units = report.Arms.Sum(arm => arm.Units).ToString("N0", CultureInfo.InvariantCulture);
        return $"{string.Join(' ', reasons)} Day {report.Days}, {units} users or sessions; all traffic is control's.";
    }

    [LoggerMessage(43, LogLevel.Warning, "Experiments cannot be evaluated; trying again")]
    private static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(44, LogLevel.Warning, "Experiment {Name} is stopped: {Reason}")]
    private static partial void LogStopped(ILogger log, string name, string reason);

    [LoggerMessage(47, LogLevel.Information, "The snapshot {Snapshot} answers everyone after its canary: {Reason}")]
    private static partial void LogPromoted(ILogger log, string snapshot, string reason);

    [LoggerMessage(45, LogLevel.Information, "Experiment {Name} is stopped: {Reason}")]
    private static partial void LogOver(ILogger log, string name, string reason);

    private sealed class Evaluated
    {
        /// <summary>As JSON.</summary>
        public string? Setup { get; set; }

        public ExperimentEvaluation? Evaluation { get; set; }

        public volatile bool IsOutdated;

        public DateTimeOffset? At { get; set; }

        public OnlineExperimentReport? Report { get; set; }
    }
}
