using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>
/// Articles that nobody has yet, found by their tags: of the articles of citeulike-a a tenth, drawn at random, is validation, another test,
/// and no model learns from an event of either. All items of a part are ranked among each other, for each user who has one of them. Items
/// without a score, such as those without a tag, are on no list.
/// </summary>
internal static class ColdItemsBenchmark
{
    private const int Tags = 5000, Every = 2;

    private static readonly IMetric[] Metrics = [new Recall(10), new Recall(50), new Ndcg(10)];

    /// <param name="args">
    /// The folder; then models, each as: name {options}, to be measured on validation, every two epochs where there are some; then perhaps
    /// "test": read the test part with the best epoch of each.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is not [var folder, .. var rest])
        {
            Console.Error.WriteLine("usage: cold-items <folder of citeulike-a> \"model {options}\"… [test]");
            return 2;
        }
        var data = Read(folder);
        int[] order = [.. Enumerable.Range(0, data.Items.Count)];
        new Rng(1).Fork("cold items").Shuffle<int>(order);
        var isValidation = Marks(order[..(order.Length / 10)]);
        var isTest = Marks(order[(order.Length / 10)..(order.Length / 5)]);
        bool[] isWarm = [.. isValidation.Zip(isTest, (validation, test) => !validation && !test)];
        data = data.With(itemAttributes: TagsOf(folder, isWarm));
        var train = EventsOf(data, isWarm);
        var tuning = Holdout.Of(train, EventsOf(data, isValidation), "Cold items, validation.");
        var final = Holdout.Of(train, EventsOf(data, isTest), "Cold items, test.");
        Console.WriteLine($"{train.Histories.Count} events to learn from; validation {tuning.TestUsers} " +
            $"users, {tuning.Test.Histories.Count} events, " +
            $"{isValidation.Count(c => c)} items; test {final.TestUsers} users, {final.Test.Histories.Count} " +
            $"events, {isTest.Count(c => c)} items");
        var chosen = rest.Where(spec => spec != "test").Select(spec => (spec, Tune(spec, tuning, isValidation))).ToArray();
        if (rest.Contains("test")) Compare(chosen, final, isTest);
        return 0;

        bool[] Marks(int[] items)
        {
            var marks = new bool[data.Items.Count];
            foreach (int item in items) marks[item] = true;
            return marks;
        }
    }

    private static Interactions EventsOf(Interactions data, bool[] items) =>
        data.Where([.. data.Histories.Items.ToArray().Select(item => items[item])]);

    // the model of the best epoch by NDCG
    private static IModel Tune(string spec, Holdout holdout, bool[] items)
    {
        IModel? best = null;
        double bestValue = -1;
        void Look(IModel model, string when)
        {
            var values = Measure(spec, model, holdout, items, resamples: 1).Segments[0].Estimates;
            Console.WriteLine($"{spec}{when}: {string.Join(", ", values.Select(e => Line($"{e.Metric} {e.Mean:F4}")))}");
            if (values[^1].Mean > bestValue) (best, bestValue) = (model, values[^1].Mean);
        }

        bool learns = false;
        var last = Parse(spec).Train(holdout.Train, new()
        {
            Workers = 1,
            EpochFinished = epoch =>
            {
                learns = true;
                if (epoch.Number % Every == 0) Look(epoch.Model(), $", epoch {epoch.Number}");
                return true;
            },
        });
        if (!learns) Look(last, "");
        return best ?? last;
    }

    private static void Compare((string Name, IModel Model)[] models, Holdout holdout, bool[] items)
    {
        EvaluationReport[] reports = [.. models.Select(m => Measure(m.Name, m.Model, holdout, items, resamples: 1000))];
        Console.WriteLine($"\n| model | {string.Join(" | ", Metrics.Select(m => m.Name))} |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        foreach (var report in reports)
            Console.WriteLine(
                $"| {report.Name} | {string.Join(" | ", report.Segments[0].Estimates.Select(e => Line(
                    $"{e.Mean:F4} [{e.Low:F4}, {e.High:F4}]")))} |");
        var baseline = reports.FirstOrDefault(r => r.Name.StartsWith("content-knn", StringComparison.Ordinal));
        if (baseline is null) return;
        foreach (var report in reports.Where(r => r != baseline))
            foreach (var metric in Metrics)
            {
                var c = Significance.Compare(report, baseline, metric.Name, 1, CancellationToken.None);
                Console.WriteLine(Line($"{c.Name} − {c.Baseline}, {metric.Name}: {c.Difference:F4} [{c.Low:F4}, {c.High:F4}]"));
                Console.WriteLine(Line($"  p {c.PValue:F3}, {c.Users} users"));
            }
    }

    private static EvaluationReport Measure(string name, IModel model, Holdout holdout, bool[] items, int resamples) => Evaluator.Evaluate(
        name, new Among(model, items).AsPipeline(), holdout, new() { Metrics = Metrics, CatalogMetrics = [], Resamples = resamples });

    // model {options}
    private static ITrainer Parse(string text)
    {
        int start = text.IndexOf('{', StringComparison.Ordinal);
        string name = text[..start].Trim();
        var options = JsonNode.Parse(text[start..])!.AsObject();
        return name switch
        {
            "content-knn" => new ContentKnn("tags", options["exponent"]?.GetValue<double>() ?? 1),
            "tag-popularity" => new TagPopularity(),
            "random" => new Lots(),
            _ => NeuralTrainers.Catalog.Create(name, options),
        };
    }

    // a line a user: how many articles, and which
    private static Interactions Read(string folder)
    {
        int[][] users = Rows(Path.Combine(folder, "users.dat.gz"));
        int items = Rows(Path.Combine(folder, "item-tag.dat.gz")).Length;
        var starts = new int[users.Length + 1];
        for (int user = 0; user < users.Length; user++) starts[user + 1] = starts[user] + users[user].Length;
        var weights = new float[starts[^1]];
        Array.Fill(weights, 1);
        return new(
            Numbered(users.Length), Numbered(items), new Histories(starts, users.SelectMany(row => row).ToArray(), default, weights));
    }

    // The most frequent tags of the articles that models learn from.
    private static Catalog TagsOf(string folder, bool[] isWarm)
    {
        int[][] rows = Rows(Path.Combine(folder, "item-tag.dat.gz"));
        var kept = rows.Where((_, item) => isWarm[item]).SelectMany(tags => tags).CountBy(tag => tag)
            .OrderByDescending(tag => tag.Value).ThenBy(tag => tag.Key).Take(Tags).Select(tag => tag.Key).ToHashSet();
        string[][] tags = [.. rows.Select(row => row.Where(kept.Contains).Select(Text).ToArray())];
        return Catalog.Empty(rows.Length) with { Labels = new Dictionary<string, LabelColumn> { ["tags"] = LabelColumn.From(tags) } };
    }

    private static int[][] Rows(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), Encoding.ASCII);
        var rows = new List<int[]>();
        while (reader.ReadLine() is { } line)
            rows.Add([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
                .Select(n => int.Parse(n, CultureInfo.InvariantCulture)).Distinct()]);
        return [.. rows];
    }

    private static Vocabulary Numbered(int count) => new([.. Enumerable.Range(0, count).Select(Text)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

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
            var rng = new Rng(7).Fork(Text(user));
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
