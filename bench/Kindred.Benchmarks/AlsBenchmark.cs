using System.Diagnostics;
using Kindred.Models;

namespace Kindred.Benchmarks;

/// <summary>One iteration (items + users) of exact implicit ALS against the multiply-add peak of the same machine in the same run.</summary>
internal static class AlsBenchmark
{
    public static void Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        var (users, items, events) = args.FirstOrDefault() switch
        {
            "small" => (6_000, 3_700, 1_000_000),
            "large" => (1_000_000, 200_000, 98_600_000),
            _ => (138_000, 27_000, 20_000_000),
        };
        var clock = Stopwatch.StartNew();
        var data = GeneratedInteractions.Create(users, items, events);
        _ = data.ByItem;
        long count = data.ByUser.Count;
        Console.WriteLine($"{users} users, {items} items, {count} events, generated in {clock.Elapsed.TotalSeconds:F1} s");
        Console.WriteLine("| dimensions | threads | s an iteration | useful GFLOP/s | peak GFLOP/s | of peak | peak memory MB |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int d in args.Length > 1 ? args[1..].Select(int.Parse) : [64, 128])
        {
            // nnz·(d² + 3d) a side, d³/3 + 3d² a row: the flop count that implicit's and Google's figures are compared by
            double flops = (2.0 * count * (((double)d * d) + (3 * d))) + (((double)users + items) * (((double)d * d * d / 3) + (3.0 * d * d)));
            foreach (int threads in new[] { 1, Environment.ProcessorCount })
            {
                double peak = Machine.PeakGflops(threads);
                double seconds = SecondsAnIteration(data, d, threads);
                double memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
                Console.WriteLine($"| {d} | {threads} | {seconds:F2} | {flops / seconds / 1e9:F0} | {peak:F0} | {flops / seconds / 1e9 / peak:P0} | {memory:F0} |");
            }
        }
    }

    // the best of the iterations between the first report and the last: the first one includes warming up
    private static double SecondsAnIteration(Data.Interactions data, int dimensions, int threads)
    {
        var clock = new EpochClock();
        new ImplicitAls { Dimensions = dimensions, Epochs = 5 }.Train(data, new() { Workers = threads, Progress = clock });
        return clock.Best;
    }
}
