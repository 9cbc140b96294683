using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// Models that learn in epochs, measured while they learn. On sequences (ml-1m, beauty) the last event of each user is test, the one before
/// validation, and the model learns from neither, as published; on gowalla the parts are LightGCN's. All items are ranked. Epochs are
/// chosen on validation.
/// </summary>
internal static class LearningBenchmark
{
    /// <param name="args">
    /// ml-1m|beauty|gowalla, every how many epochs to measure, trainer:option=value,…; then any of "test": read the test part with the
    /// chosen epoch at the end, "final": learn from the validation part too and read the test part with the last epoch, workers=n, seed=n,
    /// checkpoint=folder.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is not [var data, var every, var spec, .. var rest]) return 2;
        var (split, k) = Load(data);
        var (trainer, isFinal) = (Parse(spec), rest.Contains("final"));
        var train = isFinal ? split.Final.Train : split.Train;
        int step = int.Parse(every, CultureInfo.InvariantCulture), best = 0;
        double bestValue = -1;
        IModel? chosen = null;
        string? Option(string name) => rest.FirstOrDefault(r => r.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];
        Console.WriteLine($"{data}: {train.Users.Count} users, {train.Items.Count} items, {train.Histories.Count} events; {trainer}");
        long start = Stopwatch.GetTimestamp();
        var log = new Log();
        var last = trainer.Train(train, new()
        {
            Workers = int.Parse(Option("workers") ?? "1", CultureInfo.InvariantCulture),
            Seed = int.Parse(Option("seed") ?? "0", CultureInfo.InvariantCulture),
            Checkpoint = Option("checkpoint"),
            Progress = log,
            EpochFinished = epoch =>
            {
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                string measured = "";
                if (!isFinal && epoch.Number % step == 0)
                {
                    var model = epoch.Model();
                    var (recall, ndcg) = Measure(model, split.Tuning, k);
                    if (ndcg > bestValue) (best, bestValue, chosen) = (epoch.Number, ndcg, model);
                    measured = Line($"  validation recall@{k} {recall:F4} NDCG@{k} {ndcg:F4}");
                }
                string speed = log.Latest.TokensPerSecond is { } rate ? Line($"  {rate:F0} tokens/s") : "";
                Console.WriteLine(Line($"epoch {epoch.Number,3}  {seconds,6:F0} s  loss {log.Latest.Loss:F4}{speed}{measured}"));
                return true;
            },
        });
        if (!isFinal) Console.WriteLine($"best epoch {best}");
        if (!isFinal && !rest.Contains("test")) return 0;
        var holdout = isFinal ? split.Final : Holdout.Of(split.Train, split.Test, split.Protocol, known: split.Final.Train);
        var (testRecall, testNdcg) = Measure(isFinal ? last : chosen ?? last, holdout, k);
        Console.WriteLine(Line($"test recall@{k} {testRecall:F4} NDCG@{k} {testNdcg:F4}"));
        return 0;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static (double Recall, double Ndcg) Measure(IModel model, Holdout holdout, int k)
    {
        var report = Evaluator.Evaluate(
            "model", model.AsPipeline(), holdout, new() { Metrics = [new Recall(k), new Ndcg(k)], Resamples = 1, Workers = 1 });
        return (report.Of($"Recall@{k}").Mean, report.Of($"NDCG@{k}").Mean);
    }

    private static ITrainer Parse(string spec)
    {
        string[] parts = spec.Split(':', 2);
        var options = new JsonObject();
        if (parts.Length > 1)
            foreach (string option in parts[1].Split(','))
            {
                string[] pair = option.Split('=');
                options[pair[0]] = double.TryParse(pair[1], CultureInfo.InvariantCulture, out double number)
                    ? number == Math.Floor(number) ? JsonValue.Create((long)number) : JsonValue.Create(number)
                    : bool.TryParse(pair[1], out bool flag) ? JsonValue.Create(flag) : JsonValue.Create(pair[1]);
            }
        return NeuralTrainers.Catalog.Create(parts[0], options);
    }

    private static (Split Split, int K) Load(string data)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("KINDRED_DATA") ?? "../shared/data", data == "beauty"
            ? "amazon-beauty" : data);
        if (data == "gowalla")
        {
            var train =
                Sequences([Path.Combine(folder, "train.txt.gz"), Path.Combine(folder, "valid.txt.gz"),
                    Path.Combine(folder, "test.txt.gz")]);
            return (Split.Given(train[0], train[1], train[2], "LightGCN's split of Gowalla."), 20);
        }
        string file = data switch
        {
            "ml-1m" => "sasrec_ml-1m.txt.gz",
            "beauty" => "sequences.txt.gz",
            _ => throw new InputException($"There is no data '{data}'; there are ml-1m, beauty and gowalla."),
        };
        return (new LeaveLastOut().Split(Sequences([Path.Combine(folder, file)])[0]), 10);
    }

    // each file in lines of a user and one or more items, in the order of time; all on the same vocabularies
    private static Interactions[] Sequences(string[] paths)
    {
        var parts = paths.Select(HistoriesIn).ToArray();
        int[] users = [.. parts.SelectMany(part => part.Keys).Distinct().Order()];
        int[] items = [.. parts.SelectMany(part => part.Values).SelectMany(h => h).Distinct().Order()];
        var indices = items.Select((id, n) => (id, n)).ToDictionary(p => p.id, p => p.n);
        Vocabulary userIds = Ids(users), itemIds = Ids(items);
        return [.. parts.Select(part =>
        {
            List<int>[] histories = [.. users.Select(user => part.GetValueOrDefault(user, []))];
            int[] starts = [0, .. histories.Select(h => h.Count)], events = [.. histories.SelectMany(h => h).Select(id => indices[id])];
            for (int user = 1; user < starts.Length; user++) starts[user] += starts[user - 1];
            var weights = new float[events.Length];
            Array.Fill(weights, 1);
            return new Interactions(userIds, itemIds, new Histories(starts, events, default, weights));
        })];

        static Vocabulary Ids(int[] ids) => new([.. ids.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
    }

    private static Dictionary<int, List<int>> HistoriesIn(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var histories = new Dictionary<int, List<int>>();
        while (reader.ReadLine() is { } line)
        {
            int[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
            if (!histories.TryGetValue(numbers[0], out var history)) histories.Add(numbers[0], history = []);
            history.AddRange(numbers[1..]);
        }
        return histories;
    }

    private sealed class Log : IProgress<TrainingProgress>
    {
        public TrainingProgress Latest { get; private set; }

        public void Report(TrainingProgress value) => Latest = value;
    }
}
