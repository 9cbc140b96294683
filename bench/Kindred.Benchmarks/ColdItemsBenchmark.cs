using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>
/// Items that nobody has yet, found by what is known of them: ranked among each other, for each user who has one of them. Items without a
/// score, such as those without a tag, are on no list. The protocols: <see cref="ColdItemsData"/>.
/// </summary>
internal static class ColdItemsBenchmark
{
    private const int Every = 2;

    /// <param name="args">
    /// own, heater or time; the folder; tags, vectors or both; then models, each as: name {options}, to be measured on validation, every
    /// two epochs where there are some; then perhaps "test": read the test part with the best epoch of each.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is not [var protocol, var folder, ("tags" or "vectors" or "both") and var known, .. var rest])
        {
            Console.Error.WriteLine(
                "usage: cold-items own|heater|time <folder> tags|vectors|both \"model {options}\"… [test]");
            return 2;
        }
        var data = ColdItemsData.Of(protocol, folder, known, TextVectors.Of);
        Console.WriteLine($"{data.Tuning.Train.Histories.Count} events to learn from; validation {Part(data.Tuning, data.TuningItems)}; " +
            $"test {Part(data.Final, data.FinalItems)}");
        var chosen = rest.Where(spec => spec != "test").Select(spec => (spec, Tune(spec, data))).ToArray();
        if (rest.Contains("test")) Compare(chosen, data);
        return 0;
    }

    private static string Part(Holdout holdout, bool[] items) =>
        $"{holdout.TestUsers} users, {holdout.Test.Histories.Count} events, {items.Count(isCold => isCold)} items";

    // the model of the best epoch by NDCG
    private static IModel Tune(string spec, ColdItemsData data)
    {
        IModel? best = null;
        double bestValue = -1;
        void Look(IModel model, string when)
        {
            var values = Measure(spec, model, data.Tuning, data.TuningItems, data.Metrics, resamples: 1).Segments[0].Estimates;
            Console.WriteLine($"{spec}{when}: {string.Join(", ", values.Select(e => Line($"{e.Metric} {e.Mean:F4}")))}");
            if (values[2].Mean > bestValue) (best, bestValue) = (model, values[2].Mean);
        }

        bool learns = false;
        var trainer = Parse(spec);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var last = trainer.Train(data.Tuning.Train, new()
        {
            EpochFinished = trainer is not NeuralTrainer ? null : epoch =>
            {
                learns = true;
                if (epoch.Number % Every == 0) Look(epoch.Model(), $", epoch {epoch.Number}");
                return true;
            },
        });
        if (!learns) Look(last, Line($", {clock.Elapsed.TotalSeconds:F0} s"));
        return best ?? last;
    }

    private static void Compare((string Name, IModel Model)[] models, ColdItemsData data)
    {
        // where validation is a part of the time, the test's models learn from it too
        IModel ModelOf(string spec, IModel tuned) =>
            ReferenceEquals(data.Tuning.Train, data.Final.Train) ? tuned : Parse(spec).Train(data.Final.Train, new());
        EvaluationReport[] reports =
            [.. models.Select(m => Measure(m.Name, ModelOf(m.Name, m.Model), data.Final, data.FinalItems, data.Metrics, resamples: 1000))];
        Console.WriteLine($"\n| model | {string.Join(" | ", data.Metrics.Select(m => m.Name))} |");
        Console.WriteLine($"| --- |{string.Concat(data.Metrics.Select(_ => " ---: |"))}");
        foreach (var report in reports)
            Console.WriteLine(
                $"| {report.Name} | {string.Join(" | ", report.Segments[0].Estimates.Select(e => Line(
                    $"{e.Mean:F4} [{e.Low:F4}, {e.High:F4}]")))} |");
        foreach (var report in reports.Skip(1))
            foreach (var metric in data.Metrics.Take(3))
            {
                var c = Significance.Compare(report, reports[0], metric.Name, 1, CancellationToken.None);
                Console.WriteLine(Line($"{c.Name} − {c.Baseline}, {metric.Name}: {c.Difference:F4} [{c.Low:F4}, {c.High:F4}]"));
                Console.WriteLine(Line($"  p {c.PValue:F3}, {c.Users} users"));
            }
    }

    private static EvaluationReport Measure(
        string name, IModel model, Holdout holdout, bool[] items, IReadOnlyList<IMetric> metrics, int resamples) => Evaluator.Evaluate(
            name, new Among(model, items).AsPipeline(), holdout, new() { Metrics = metrics, CatalogMetrics = [], Resamples = resamples });

    // model {options}
    private static ITrainer Parse(string text)
    {
        int start = text.IndexOf('{', StringComparison.Ordinal);
        string name = text[..start].Trim();
        var options = JsonNode.Parse(text[start..])!.AsObject();
        return name switch
        {
            "tag-popularity" => new TagPopularity(),
            "random" => new Lots(),
            _ => NeuralTrainers.Catalog.Create(name, options),
        };
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The items marked, and no others.</summary>
    private sealed class Among(IModel model, bool[] items) : IModel
    {
        public Vocabulary Items => model.Items;

        public void Score(in Query query, Span<float> scores)
        {
            model.Score(query, scores);
            for (int item = 0; item < items.Length; item++) if (!items[item]) scores[item] = float.NaN;
        }

        public void Save(TensorWriter writer) => model.Save(writer);
    }

    /// <summary>Another lot for each user and item.</summary>
    private sealed record Lots : ITrainer
    {
        public TrainerSummary Summary => new("random", "items at random", "nothing", "nothing", Capabilities.None);

        public IModel Train(Interactions interactions, TrainingContext context) => new Fixed(interactions.Items, (user, scores) =>
        {
            var rng = new Rng(7).Fork(user.ToString(CultureInfo.InvariantCulture));
            foreach (ref float score in scores) score = rng.NextFloat();
        });
    }

    /// <summary>The mean, over an item's tags, of the training events that an article with the tag has.</summary>
    private sealed record TagPopularity : ITrainer
    {
        public TrainerSummary Summary =>
            new("tag-popularity", "items with popular tags", "tags of items", "a pass over the events", Capabilities.None);

        public IModel Train(Interactions interactions, TrainingContext context)
        {
            var tags = interactions.ItemAttributes.Labels["tags"];
            var events = interactions.CountUsersOfItems();
            float[] sums = new float[tags.Labels.Count], articles = new float[sums.Length];
            for (int item = 0; item < events.Length; item++)
                foreach (int tag in events[item] > 0 ? tags[item] : [])
                    (sums[tag], articles[tag]) = (sums[tag] + events[item], articles[tag] + 1);
            return new Fixed(interactions.Items, (_, scores) =>
            {
                for (int item = 0; item < scores.Length; item++)
                    scores[item] = tags[item].IsEmpty ? float.NaN : tags[item].ToArray().Average(tag => sums[tag] / articles[tag]);
            });
        }
    }

    private delegate void Scoring(int user, Span<float> scores);

    private sealed class Fixed(Vocabulary items, Scoring scoring) : IModel
    {
        public Vocabulary Items => items;

        public void Score(in Query query, Span<float> scores) => scoring(query.User, scores);

        public void Save(TensorWriter writer) => throw new NotSupportedException("A baseline of benchmarks is not kept.");
    }
}
