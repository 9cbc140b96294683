using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// What the blocked schedule costs in quality: BPR on the validation part, the same steps in blocks and serially, all pairs shuffled
/// together and negatives drawn from all items. Both see each pair once an epoch, with the same options and seeds.
/// </summary>
internal static class ScheduleBenchmark
{
    private const string Metric = "NDCG@10";

    private static readonly int[] Epochs = [1, 3, 10, 30];

    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("usage: schedule <data folder> [seeds]");
            return 2;
        }
        using var dataset = DataFolder.Open(args[0]);
        int seeds = args.Length > 1 ? int.Parse(args[1]) : 5;
        var data = dataset.Interactions;
        var holdout = (data.Histories.HasTimes ? (ISplitter)new LeaveLastOut() : new RandomSplit()).Split(data).Tuning;
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"{dataset.Manifest.Name}, {holdout.Protocol}");
        Console.WriteLine($"{Metric}, mean ± standard error of {seeds} seeds; difference: of the same seeds");
        int parts = PartsOf(holdout.Train);
        Console.WriteLine($"| candidates | epochs | serial | {parts} × {parts} blocks | difference |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        foreach (int candidates in new[] { 1, 16 })
        {
            var bpr = new Bpr { Epochs = Epochs[^1], NegativeCandidates = candidates };
            double[][] serial = [.. Enumerable.Range(0, seeds).Select(seed => ValuesOf(bpr, holdout, seed, isSerial: true))];
            double[][] blocked = [.. Enumerable.Range(0, seeds).Select(seed => ValuesOf(bpr, holdout, seed, isSerial: false))];
            for (int e = 0; e < Epochs.Length; e++)
            {
                double[] s = [.. serial.Select(values => values[e])], b = [.. blocked.Select(values => values[e])];
                Console.WriteLine($"| {candidates} | {Epochs[e]} | {Show(s)} | {Show(b)} | {Show([.. b.Zip(s, (x, y) => x - y)])} |");
            }
        }
        return 0;
    }

    private static int PartsOf(Interactions train) => 
        new StratifiedSchedule(
            new TrainingPairs(train, 0, withTimes: false), 0, SgdTrainer.MostParts, new Bpr().LeastPartItems, new(0)).Parts;

    // the metric after each of the epochs
    private static double[] ValuesOf(Bpr trainer, Holdout holdout, int seed, bool isSerial)
    {
        var values = new List<double>();
        var options = new EvaluationOptions { Metrics = [new Ndcg(10)], Resamples = 1 };
        trainer.Train(holdout.Train, new TrainingContext
        {
            Seed = seed,
            EpochFinished = epoch =>
            {
                if (Epochs.Contains(epoch.Number))
                    values.Add(Evaluator.Evaluate("bpr", epoch.Model().AsPipeline(), holdout, options).Of(Metric).Mean);
                return true;
            },
        }, null, isSerial ? 1 : SgdTrainer.MostParts);
        return [.. values];
    }

    private static string Show(double[] values)
    {
        double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Length - 1);
        return $"{mean:.0000;-.0000} ± {Math.Sqrt(variance / values.Length):.0000}";
    }
}
