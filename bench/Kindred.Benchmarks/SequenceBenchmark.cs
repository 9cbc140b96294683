using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// Sequences as published: the last event of each user is test, the one before validation, all items are ranked, and the model learns from
/// neither. The epoch is chosen on validation; of the test part only the chosen one is measured.
/// </summary>
internal static class SequenceBenchmark
{
    /// <param name="args">ml-1m|beauty, every how many epochs to measure, trainer:option=value,…, and "test" to read the test part at the end.</param>
    public static int Run(string[] args)
    {
        NeuralTrainers.Register();
        if (args is not [var data, var every, var spec, .. var rest]) return 2;
        var split = new LeaveLastOut().Split(Load(data));
        var trainer = Parse(spec);
        int step = int.Parse(every, CultureInfo.InvariantCulture), best = 0;
        double bestValue = -1;
        IModel? chosen = null;
        Console.WriteLine($"{data}: {split.Train.Users.Count} users, {split.Train.Items.Count} items, {split.Train.Histories.Count} events; {trainer}");
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        var log = new Log();
        string? checkpoint = rest.FirstOrDefault(r => r.StartsWith("checkpoint=", StringComparison.Ordinal))?["checkpoint=".Length..];
        var last = trainer.Train(split.Train, new()
        {
            Workers = 1,
            Checkpoint = checkpoint,
            Progress = log,
            EpochFinished = epoch =>
            {
                double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
                string measured = "";
                if (epoch.Number % step == 0)
                {
                    var model = epoch.Model();
                    var (recall, ndcg) = Measure(model, split.Tuning);
                    if (ndcg > bestValue) (best, bestValue, chosen) = (epoch.Number, ndcg, model);
                    measured = string.Create(CultureInfo.InvariantCulture, $"  validation HR@10 {recall:F4} NDCG@10 {ndcg:F4}");
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"epoch {epoch.Number,3}  {seconds,6:F0} s  loss {log.Latest.Loss:F4}  {log.Latest.TokensPerSecond:F0} tokens/s{measured}"));
                return true;
            },
        });
        chosen ??= last;
        Console.WriteLine($"best epoch {best}");
        if (!rest.Contains("test")) return 0;
        var holdout = Holdout.Of(split.Train, split.Test, split.Protocol, known: split.Final.Train);
        var (testRecall, testNdcg) = Measure(chosen, holdout);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"test HR@10 {testRecall:F4} NDCG@10 {testNdcg:F4}"));
        return 0;
    }

    private static (double Recall, double Ndcg) Measure(IModel model, Holdout holdout)
    {
        var report = Evaluator.Evaluate("model", model.AsRecommender(), holdout, new() { Metrics = [new Recall(10), new Ndcg(10)], Resamples = 1, Workers = 1 });
        return (report.Of("Recall@10").Mean, report.Of("NDCG@10").Mean);
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
        return TrainerCatalog.Create(parts[0], options);
    }

    private static Interactions Load(string data)
    {
        string folder = Environment.GetEnvironmentVariable("KINDRED_DATA") ?? "../shared/data";
        return data switch
        {
            "ml-1m" => Pairs(Path.Combine(folder, "ml-1m", "sasrec_ml-1m.txt.gz")),
            "beauty" => Pairs(Path.Combine(folder, "amazon-beauty", "sequences.txt.gz")),
            _ => throw new InputException($"There is no data '{data}'; there are ml-1m and beauty."),
        };
    }

    // lines of a user and one or more items, in the order of time
    private static Interactions Pairs(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var histories = new SortedDictionary<int, List<int>>();
        while (reader.ReadLine() is { } line)
        {
            int[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
            if (!histories.TryGetValue(numbers[0], out var history)) histories.Add(numbers[0], history = []);
            history.AddRange(numbers[1..]);
        }
        int[] ids = [.. histories.Values.SelectMany(h => h).Distinct().Order()];
        var indices = ids.Select((id, n) => (id, n)).ToDictionary(p => p.id, p => p.n);
        int[] starts = [0, .. histories.Values.Select(h => h.Count)];
        for (int user = 1; user < starts.Length; user++) starts[user] += starts[user - 1];
        int[] items = [.. histories.Values.SelectMany(h => h).Select(id => indices[id])];
        var weights = new float[items.Length];
        Array.Fill(weights, 1);
        return new(
            new([.. histories.Keys.Select(id => id.ToString(CultureInfo.InvariantCulture))]),
            new([.. ids.Select(id => id.ToString(CultureInfo.InvariantCulture))]),
            new Histories(starts, items, default, weights));
    }

    private sealed class Log : IProgress<TrainingProgress>
    {
        public TrainingProgress Latest { get; private set; }

        public void Report(TrainingProgress value) => Latest = value;
    }
}
