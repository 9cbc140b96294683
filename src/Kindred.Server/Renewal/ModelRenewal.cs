using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Renewal.Readiness;
using Kindred.Snapshots;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Renewal;

/// <summary>What training a model anew came to.</summary>
/// <param name="Snapshot">Its id; null: nothing was trained, as the promotion's reason says.</param>
/// <param name="Served">Whether it is served now.</param>
internal sealed record RenewalResult(string? Snapshot, bool Served, string Reason, Outcome? Verdict = null);

/// <summary>
/// Trains a model on everything that a store knows at a moment, lets the gate judge it, and puts it among the snapshots, with the verdict,
/// in one step. Killed at any moment, it leaves nothing but a hidden folder among them, which the next one removes.
/// </summary>
/// <param name="pipelines">Trains pipelines, and their rankers.</param>
internal sealed class ModelRenewal(
    LivingFolder folder, IStore store, PipelineTrainer pipelines, TrainerCatalog trainers, TrainingContext context,
    TimeProvider? clock = null)
{
    private const string LockName = "renewal.lock";

    /// <summary>With fewer, nothing is more popular than anything else.</summary>
    public const int FewestEvents = 100;

    /// <param name="report">Told each step, and how far it is.</param>
    /// <exception cref="InputException">Another training of the folder is at work, or the data cannot train what the settings
    /// name.</exception>
    public async Task<RenewalResult> RunAsync(IProgress<RenewalProgress> report)
    {
        var cancellation = context.Cancellation;
        using var held = TakeLock();
        var settings = await RenewalSettings.ReadAsync(store, trainers, cancellation);
        var shelf = new SnapshotShelf(folder, store, trainers, clock);
        var served = await shelf.ServedAsync(cancellation);

        report.Report(new("Reading the store"));
        var data = await StoredData.ReadAsync(
            store, Path.GetFileName(folder.Path), progress: new StepProgress(report, "Reading the store"), cancellation: cancellation);
        int events = data.Interactions.Histories.Count;
        if (events < FewestEvents)
            return new(null, false, $"There are {events} events to learn from, and {FewestEvents} are needed.");

        using var current = served.Snapshot is { } id && Snapshot.Is(shelf.PathOf(id)) ? Snapshot.Open(shelf.PathOf(id), trainers) : null;
        var split = SplitOf(data.Interactions, settings.TestDays);
        var present = current is null ? null : RenewalPlan.Of(current, trainers);
        var plan = settings.Plan(trainers)
            ?? Stages.Choose(data.Interactions, split, present, context, step => report.Report(new(step)));

        var work = new Work(data, split, current, settings, shelf, report)
        {
            Answers = await AnswersSince(split),
            NoCanaryReason = settings.Canary is { } canary && current is not null ? await NoCanaryReason(canary) : null,
        };
        var promotion = Shelve(plan, work);
        if (promotion.Verdict == Outcome.Failed && plan.Stage is not null && present is not null && !present.IsSameAs(plan))
        {
            // What is served must not grow old because something better was looked for and not found.
            string why = $"{plan.Name}, which the back-test chose, failed the gate: what is served is trained anew. {promotion.Reason}";
            promotion = Shelve(present with { Why = why, Stage = StageOf(current!) }, work);
        }
        var result = await Decide(promotion, served, work);
        await shelf.TidyAsync(cancellation);
        if (plan.Stage is not null && await IsDue(events))
            await Doctor.Examine(data, trainers, Now, context, step => report.Report(new(step))).KeepAsync(store, cancellation);
        return result;
    }

    /// <summary>The doctor is asked again when there are half as many events more.</summary>
    private async Task<bool> IsDue(int events) => await DoctorReport.ReadAsync(store, context.Cancellation) is not { } json
        || JsonNode.Parse(json)!["events"]!.GetValue<int>() * 1.5 <= events;

    private DateTimeOffset Now => (clock ?? TimeProvider.System).GetUtcNow();

    /// <summary>Trains, judges, and puts the snapshot with its verdict on the shelf, in one step.</summary>
    private Promotion Shelve(RenewalPlan plan, Work work)
    {
        var report = work.Report;
        report.Report(new($"Training {plan.Name}"));
        var trained = plan.Train(
            work.Data.Interactions, pipelines, context with { Progress = new StepProgress(report, $"Training {plan.Name}") });
        using var number = SnapshotNumber.Claim(folder.Snapshots);
        report.Report(new("Writing the snapshot"));
        // beside its place, as nothing is moved from one file system to another in one step
        using var draft = DraftFolder.Create(Path.Combine(folder.Snapshots, "renewal"));
        string name = number.NameOf(Now.UtcDateTime, trained.Model.Manifest.Trainer), path = Path.Combine(draft.Path, name);
        Snapshot.Write(path, (trained with { Sequence = work.Data.Sequence, StoreVersion = work.Data.Version }).Contents);

        var promotion = Judge(path, plan, work) with { Compared = plan.Compared, LearningCurve = trained.Model.LearningCurve };
        promotion.Write(path);
        context.Cancellation.ThrowIfCancellationRequested();
        Directory.Move(path, work.Shelf.PathOf(name)); // snapshot and verdict together
        return promotion;
    }

    private Promotion Judge(string path, RenewalPlan plan, Work work)
    {
        using var candidate = Snapshot.Open(path, trainers);
        var gate = new PromotionGate(work.Settings, pipelines, context, trainers);
        var checks = gate.Judge(
            candidate, plan, work.Split, work.Current, work.Answers, step => work.Report.Report(new(step)));
        if (work.NoCanaryReason is { } unanswered) checks = [.. checks, unanswered];
        var (verdict, reason) = PromotionGate.VerdictOf(checks);
        return new()
        {
            Snapshot = candidate.Manifest.Id,
            Sequence = work.Data.Sequence,
            Against = work.Current?.Manifest.Id,
            Model = plan.Name,
            Configuration = plan.ToJson(),
            Why = plan.Why,
            Stage = plan.Stage,
            Verdict = verdict,
            Reason = reason,
            Policy = work.Settings.Policy,
            JudgedAt = Now,
            Checks = checks,
        };
    }

    private async Task<RenewalResult> Decide(Promotion promotion, ServedSnapshot before, Work work)
    {
        string id = promotion.Snapshot;
        RenewalResult Kept(string why) => new(id, false, why, promotion.Verdict);
        if (promotion.Verdict == Outcome.Failed) return Kept($"It failed the gate and is not served. {promotion.Reason}");
        if (promotion.Policy == PromotionPolicy.Never) return Kept("By the settings no model is promoted by itself.");
        if (promotion.Verdict == Outcome.NeedsPerson) return Kept($"It waits for a person. {promotion.Reason}");
        if (promotion.Policy == PromotionPolicy.Ask) return Kept("By the settings it waits for a person.");
        const string Held = "It waits for a person, since the last promotion was rolled back.";
        if (before.IsHeld) return Kept(Held);
        if (work.Settings.Canary is { } canary && work.Current is not null && work.NoCanaryReason is null)
        {
            var registry = new ExperimentRegistry(store, work.Shelf, trainers, clock ?? TimeProvider.System);
            string? problem = await registry.StartCanaryAsync(id, before, canary, await MostOften(), context.Cancellation);
            return Kept(problem is null ? $"It passed, and its canary runs: {IntegrityChecks.Share(canary.Share)} of the users get it."
                : $"It waits for a person: {problem}");
        }
        var served = await work.Shelf.PromoteAsync(promotion, before, context.Cancellation);
        return served.Snapshot == id ? new(id, true, promotion.Reason, promotion.Verdict)
            : Kept(served.IsHeld ? Held
                : $"It waits for a person: meanwhile {served.Snapshot} was promoted, with which the gate did not compare it.");
    }

    /// <returns>The type of events that the store has most of, among those that are a sign of interest.</returns>
    private async Task<string> MostOften()
    {
        var settings = await EventSettings.ReadAsync(store, context.Cancellation);
        return (await store.Events.CountsAsync(context.Cancellation)).Where(count => settings.WeightOf(count.Type, Now, Now) > 0)
            .GroupBy(count => count.Type).OrderByDescending(type => type.Sum(count => count.Events))
            .ThenBy(type => type.Key, StringComparer.Ordinal).First().Key;
    }

    private static int? StageOf(Snapshot snapshot) => Promotion.Read(snapshot.Path)?.Stage;

    private static Split? SplitOf(Interactions data, double days)
    {
        try { return GateWindow.Split(data, days); }
        catch (InputException) { return null; } // all events of one moment: the gate says so
    }

    private Task<GateCheck?> NoCanaryReason(CanarySettings canary)
    {
        var (now, since) = (Now, Now.AddDays(-canary.LongestDays));
        var answers = ExposureLog.BlocksOf(folder.Exposures, since).SelectMany(block => block.Exposures)
            .Where(answer => answer.Time >= since);
        return Task.Run(() => CanaryStep.NoCanaryReasonAsync(answers, store.Events, canary, now, context.Cancellation));
    }

    private async Task<LoggedAnswers?> AnswersSince(Split? split)
    {
        if (split is null || !split.Final.Train.Histories.HasTimes) return null;
        var since = DateTimeOffset.FromUnixTimeSeconds(split.Final.Train.Histories.Newest);
        return LoggedAnswers.HasRandom(folder, since)
            ? await LoggedAnswers.ReadAsync(folder, store, since, since, new(), context.Cancellation) : null;
    }

    /// <summary>One training of a folder at a time; the system releases the lock however the process ends.</summary>
    private FileStream TakeLock()
    {
        try
        {
            Directory.CreateDirectory(folder.Jobs);
            return new(Path.Combine(folder.Jobs, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new InputException($"A model of {folder.Path} is being trained already; `kindred jobs` shows how far it is.", e);
        }
    }

    /// <summary>What a training works with.</summary>
    private sealed record Work(
        StoredData Data, Split? Split, Snapshot? Current, RenewalSettings Settings, SnapshotShelf Shelf,
        IProgress<RenewalProgress> Report)
    {
        /// <summary>Since the training part of the split ended; null: nothing of it was random.</summary>
        public LoggedAnswers? Answers { get; init; }

        /// <summary>Why there can be no canary; null: there can.</summary>
        public GateCheck? NoCanaryReason { get; init; }
    }

    private sealed class StepProgress(IProgress<RenewalProgress> report, string step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report.Report(new(step, value.Total > 0 ? (double)value.Done / value.Total : null));
    }
}

/// <summary>How far a training is.</summary>
/// <param name="Share">Of the step, from 0 to 1; null: not known.</param>
internal sealed record RenewalProgress(string Step, double? Share = null);
