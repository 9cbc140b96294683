using System.Globalization;
using System.Text.Json;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Server.Renewal.Gate;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Store;

namespace Kindred.Server.Renewal.Readiness;

/// <summary>What a kind of model can do with what is known so far.</summary>
/// <param name="CanTrain">"yes", "limited" or "no".</param>
/// <param name="Reason">Why, or what is missing.</param>
/// <param name="Curve">Gains over popularity with fewer events, in the order of time; empty: it was not trained.</param>
/// <param name="Gain">Expected now, in NDCG@10; <paramref name="Low"/> and <paramref name="High"/>: 95 % interval. Null: not known.</param>
/// <param name="Outlook">Whether it pays, or about when.</param>
internal sealed record ModelReadiness(
    string Model, string CanTrain, string Reason, IReadOnlyList<GrowthPoint> Curve, double? Gain, double? Low, double? High,
    string Outlook);

/// <summary>What `kindred doctor` says of a store.</summary>
/// <param name="MadeAt">When it was made.</param>
internal sealed record DoctorReport(
    DateTimeOffset MadeAt, long Sequence, int Events, int Users, int Items, double EventsPerDay, IReadOnlyList<ModelReadiness> Models)
{
    /// <summary>The name under which the latest report is kept in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "doctor";

    /// <returns>The JSON of the latest report; null: there is none.</returns>
    public static async Task<string?> ReadAsync(IStore store, CancellationToken cancellation = default) =>
        (await store.Settings.GetAsync(Name, cancellation))?.Json;

    public Task KeepAsync(IStore store, CancellationToken cancellation = default) =>
        store.Settings.SetAsync(Name, JsonSerializer.Serialize(this, SealedFolder.Json), cancellationToken: cancellation);
}

/// <summary>
/// Says for each kind of model whether the data are enough, and what it gains over popularity: measured with 10, 20, 40 and 80 % of the
/// events, each on the fifth of the events that came next, and continued to all of them by a <see cref="GrowthCurve"/>.
/// </summary>
internal static class Doctor
{
    private const double TestShare = .2, Farthest = 100;

    private const double MonthDays = 30;

    private static readonly double[] Shares = [.1, .2, .4, .8];

    /// <summary>For the measurements of one kind of model: what takes longer is said, and not waited for.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(30);

    /// <param name="trainers">The kinds of models.</param>
    /// <param name="step">Told what is being done.</param>
    /// <param name="mostTime">For each kind; null: <see cref="MostTime"/>.</param>
    /// <param name="names">Of the trainers to examine; null: all.</param>
    public static DoctorReport Examine(
        StoredData data, TrainerCatalog trainers, DateTimeOffset now, TrainingContext context, Action<string> step,
        TimeSpan? mostTime = null, IReadOnlyCollection<string>? names = null)
    {
        var all = data.Interactions;
        var profile = DataProfile.For(all);
        double perDay = EventsPerDay(all);
        var holdouts = Holdouts(all);
        var shortlist = Shortlist.For(profile).Entries;
        var models = new List<ModelReadiness>();
        foreach (var (name, entry) in trainers.Entries)
        {
            if (names?.Contains(name) == false) continue;
            var suitability = SuitabilityOf(entry.Summary, profile);
            if (name == ModelSpec.Popularity.TrainerName || suitability.Fit == Adequacy.No)
            {
                models.Add(new(name, WordFor(suitability.Fit), suitability.Reason, [], null, null, null,
                    suitability.Fit == Adequacy.No ? "Not with these events." : "It is what the others are compared with."));
                continue;
            }
            var spec = shortlist.FirstOrDefault(one => one.TrainerName == name) ?? ModelSpec.For(trainers.Create(name));
            var curve = Curve(spec, holdouts, mostTime ?? MostTime, context, step);
            models.Add(curve.Refusal is { } refusal
                ? new(spec.Name, WordFor(Adequacy.No), refusal, [], null, null, null, "Not with these events.")
                : Judge(spec.Name, suitability, curve, all.Histories.Count, perDay, now, context.Seed));
        }
        return new(now, data.Sequence, all.Histories.Count, all.Users.Count, all.Items.Count, perDay, models);
    }

    /// <summary>What is known before anything is trained. Models of one family need the same.</summary>
    private static Suitability SuitabilityOf(TrainerSummary trainer, DataProfile profile)
    {
        if (trainer.Capabilities.HasFlag(Capabilities.PredictsValues) && profile.Ratings is null)
            return new(trainer.Name, Adequacy.No, "It predicts ratings; the events of a living folder are weighed by their types.");
        string[] needs = trainer.Name switch
        {
            "popularity" => ["popularity"],
            "item-knn" or "user-knn" or "ease" or "slim" => ["item-knn"],
            "content-knn" => ["item cold start"], // it learns nothing from events
            "marec" => ["item cold start", "item-knn"],
            _ => ["implicit-als"],
        };
        return needs.Select(need => profile.Suitability.First(suitability => suitability.Use == need)).MinBy(need => need.Fit)!;
    }

    private static string WordFor(Adequacy fit) => fit.ToString().ToLowerInvariant();

    private static MeasuredCurve Curve(
        ModelSpec spec, IReadOnlyList<Holdout> holdouts, TimeSpan mostTime, TrainingContext context, Action<string> step)
    {
        var points = new List<GrowthPoint>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        limit.CancelAfter(mostTime);
        foreach (var holdout in holdouts)
        {
            int events = holdout.Train.Histories.Count;
            step($"Training {spec.Name} on {events} events");
            try
            {
                if (Measure(spec, holdout, context with { Cancellation = limit.Token }) is { } point) points.Add(point);
            }
            catch (OperationCanceledException) when (!context.Cancellation.IsCancellationRequested)
            {
                return new(points, string.Create(CultureInfo.InvariantCulture,
                    $"To measure it on {events:N0} events takes more than {mostTime.TotalSeconds:0.#} s."));
            }
            catch (InputException e)
            {
                return new([], Refusal: e.Message);
            }
        }
        return new(points);
    }

    internal static ModelReadiness Judge(
        string name, Suitability suitability, MeasuredCurve curve, int events, double perDay, DateTimeOffset now, int seed)
    {
        var points = curve.Points;
        string can = WordFor(suitability.Fit), reason = curve.Limit is null ? suitability.Reason : $"{suitability.Reason} {curve.Limit}";
        if (points.Count < 2)
            return new(name, can, reason, points, null, null, null, curve.Limit is not null ? "Not measured."
                : points.Count == 1 ? "The events are too few, or too close together in time, for a curve."
                : $"Too few users come back to tell: fewer than {OfflineChecks.FewestUsers} can be measured.");
        double gain = GrowthCurve.Fit([.. points.Select(point => ((double)point.Events, point.Gain))]).At(events);
        var resampled = GrowthCurve.Resampled(points, seed);
        var (low, high) = IntervalAt(resampled, events);
        return new(name, can, reason, points, gain, low, high, OutlookOf(resampled, low, events, perDay, now));
    }

    private static string OutlookOf(IReadOnlyList<GrowthCurve> curves, double low, int events, double perDay, DateTimeOffset now)
    {
        if (low > 0) return "It pays now.";
        for (double times = 1.1; times <= Farthest; times *= 1.1)
        {
            if (IntervalAt(curves, times * events).Low <= 0) continue;
            double needed = Math.Round(times * events, 0);
            string count = needed.ToString("N0", CultureInfo.InvariantCulture);
            double days = perDay > 0 ? (needed - events) / perDay : double.PositiveInfinity;
            return days < 3_660 ? $"It may pay with about {count} events, about {now.AddDays(days):yyyy-MM-dd} at the present rate."
                : $"It may pay with about {count} events, which takes years at the present rate.";
        }
        return "More events of this kind are not expected to make it pay.";
    }

    private static (double Low, double High) IntervalAt(IReadOnlyList<GrowthCurve> curves, double events)
    {
        double[] sorted = [.. curves.Select(curve => curve.At(events)).Order()];
        return Bootstrap.Interval(sorted);
    }

    private static GrowthPoint? Measure(ModelSpec spec, Holdout holdout, TrainingContext context)
    {
        if (holdout.TestUsers < OfflineChecks.FewestUsers) return null;
        var popularity = new Popularity().Train(holdout.Train, context);
        EvaluationReport Report(string name, IModel model) => Evaluator.Evaluate(
            name, model.AsPipeline(fallback: popularity), holdout,
            new()
            {
                Metrics = [OfflineChecks.Metric],
                Workers = context.Workers,
                Seed = context.Seed,
                Cancellation = context.Cancellation,
            });
        var difference = Significance.Compare(
            Report(spec.Name, spec.Train(holdout.Train, context).Model), Report("popularity", popularity),
            OfflineChecks.Metric.Name, context.Workers, context.Cancellation);
        return new(holdout.Train.Histories.Count, difference.Difference, difference.Low, difference.High, difference.Users);
    }

    private static List<Holdout> Holdouts(Interactions data)
    {
        var holdouts = new List<Holdout>();
        if (data.Histories.Count == 0 || data.Histories.Oldest == data.Histories.Newest) return holdouts;
        long[] sorted = TimeAxis.Sorted(data.Histories);
        var times = data.Histories.Times;
        foreach (double share in Shares)
        {
            long from = sorted[(int)(share * sorted.Length)];
            int last = (int)((share + TestShare) * sorted.Length);
            long end = last < sorted.Length ? sorted[last] : long.MaxValue;
            Interactions Between(long first, long next)
            {
                var keep = new bool[times.Length];
                for (int e = 0; e < keep.Length; e++) keep[e] = times.Span[e] >= first && times.Span[e] < next;
                return data.Where(keep);
            }
            var train = Between(long.MinValue, from);
            if (train.Histories.Count > 0)
                holdouts.Add(Holdout.Of(train, Between(from, end), FormattableString.Invariant($"The first {share:P0} of the events.")));
        }
        return holdouts;
    }

    /// <returns>Over the last month.</returns>
    private static double EventsPerDay(Interactions data)
    {
        if (data.Histories.Count == 0) return 0;
        long newest = data.Histories.Newest, from = Math.Max(newest - TimeAxis.Seconds(MonthDays), data.Histories.Oldest);
        int count = 0;
        foreach (long time in data.Histories.Times.Span) if (time >= from) count++;
        return count / Math.Max(1, (newest - from) / (double)TimeAxis.Day);
    }
}

/// <summary>Gains of a kind of model over popularity.</summary>
/// <param name="Limit">Why there are no later points, in a sentence; null: there are all.</param>
/// <param name="Refusal">Why it cannot be trained, in a sentence; null: it can.</param>
internal sealed record MeasuredCurve(IReadOnlyList<GrowthPoint> Points, string? Limit = null, string? Refusal = null);
