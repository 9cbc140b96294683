using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// Factorization machines: seconds an iteration and microseconds a query; quality on frappe, MovieLens and where nobody is known.
/// </summary>
internal static class FactorizationBenchmark
{
    // libFM 1.4.2, one thread, 800,000 rows of two one-hot features of 6,000 and 3,700 labels, 16 dimensions, seconds an iteration
    private const double LibFmGradient = .081, LibFmCoordinate = .475;

    private const int Users = 6_000, Items = 3_700, Events = 800_000, Dimensions = 16, Candidates = 1_000, Queries = 4_000;

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["frappe", .. var rest]: FrappeBenchmark.Run(rest); return 0;
            case ["ratings", .. var rest]: FactorizationRatings.Run(rest); return 0;
            case ["cold", .. var rest]: ColdStartBenchmark.Run(rest); return 0;
            case ["speed"]: Speed(); return 0;
            default:
                Console.Error.WriteLine("usage: fm frappe|ratings|cold [tune options…] | fm cold [data folder] [tune|test options…] | " +
                    "fm speed; options are JSON, such as {\"dimensions\":16}; of cold also two-tower{\"epochs\":5}");
                return 2;
        }
    }

    /// <returns>A trainer from options as JSON.</returns>
    public static FactorizationMachine Parse(string json) =>
        (FactorizationMachine)TrainerCatalog.Default.Create("fm", JsonNode.Parse(json)!.AsObject());

    private static void Speed()
    {
        Console.WriteLine(Machine.Describe());
        var data = GeneratedInteractions.Create(Users, Items, Events);
        int rows = data.Histories.Count;
        Console.WriteLine($"{rows} rows, {Users} users, {Items} items, {Dimensions} dimensions");
        Console.WriteLine("| solver | threads | ms an epoch, the best | ms of processor time an epoch | libFM's time / this | M rows/s " +
            "| GFLOP/s of peak | rows of V/s of rows gathered at random |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int threads in new[] { 1, 2 })
        {
            double peak = Machine.PeakGflops(threads),
            gathered = Machine.GatheredGigabytes(threads, Users + Items, Dimensions) * 1e9 / (4 * Dimensions);
            foreach (var solver in new[] { FactorizationSolver.Gradient, FactorizationSolver.Coordinate })
            {
                var (seconds, processor) = SecondsAnEpoch(data, solver, threads);
                double libFm = solver == FactorizationSolver.Gradient ? LibFmGradient : LibFmCoordinate;
                // a step: 2 features · (2 + 2) multiply-adds a dimension; a sweep: 2 · (2 + 2)
                double flops = rows * 2 * 4 * 2.0 * Dimensions / seconds / 1e9;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {solver} | {threads} | {1e3 * seconds:F1} | {1e3 * processor:F1} | {libFm / seconds:F1} " +
                    $"| {rows / seconds / 1e6:F1} | {flops / peak:F3} | {2 * rows / seconds / gathered:F3} |"));
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Candidates} candidates for one query: p50 {Score(data):F1} µs"));
    }

    private sealed class ProcessorClock : IProgress<TrainingProgress>
    {
        private TimeSpan _first;
        private int _epochs = -1;

        /// <summary>Seconds of processor time an epoch, all threads together, without the first epoch.</summary>
        public double Mean { get; private set; }

        public void Report(TrainingProgress value)
        {
            var used = Process.GetCurrentProcess().TotalProcessorTime;
            if (++_epochs == 0) _first = used;
            else Mean = (used - _first).TotalSeconds / _epochs;
        }
    }

    private sealed class Both(params IProgress<TrainingProgress>[] clocks) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            foreach (var clock in clocks) clock.Report(value);
        }
    }

    private static (double Wall, double Processor) SecondsAnEpoch(Interactions data, FactorizationSolver solver, int threads)
    {
        var (clock, processor) = (new EpochClock(), new ProcessorClock());
        var trainer = new FactorizationMachine
        {
            Features = "user + item",
            Loss = FactorizationLoss.Squared,
            Solver = solver,
            Dimensions = Dimensions,
            Epochs = 40,
        };
        trainer = solver == FactorizationSolver.Coordinate ? trainer with { FrequencyExponent = 0 }
            : trainer with { AdaptiveRate = false, LearningRate = .01f };
        trainer.Train(data, new() { Workers = threads, Progress = new Both(clock, processor) });
        return (clock.Best, processor.Mean);
    }

    // microseconds, the median
    private static double Score(Interactions data)
    {
        var model = (IEmbeddingModel)new FactorizationMachine { Features = "user + item", Dimensions = Dimensions, Epochs = 1 }.Train(
            data, new());
        var rng = new Rng(3);
        int[] candidates = [.. Enumerable.Range(0, Candidates).Select(_ => rng.NextInt(Items))];
        float[] scores = new float[Candidates];
        double[] times = new double[Queries];
        for (int round = 0; round < 2; round++)
        {
            for (int n = 0; n < Queries; n++)
            {
                long start = Stopwatch.GetTimestamp();
                model.TryScore(new Query(n % Users, default), candidates, scores);
                times[n] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }
        Array.Sort(times);
        return times[Queries / 2];
    }
}
