using System.Diagnostics;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>Steps a second of BPR, against the rows a second that the same machine gathers at random in the same run.</summary>
internal static class SgdBenchmark
{
    private const int GatheredRows = 4_000_000;

    public static void Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        var (users, items, events) = args.FirstOrDefault() switch
        {
            "small" => (6_000, 3_700, 1_000_000),
            "large" => (1_000_000, 200_000, 98_600_000),
            _ => (138_000, 27_000, 20_000_000),
        };
        var data = GeneratedInteractions.Create(users, items, events);
        long count = data.ByUser.Count;
        Console.WriteLine($"{users} users, {items} items, {count} events; a step reads and writes 3 rows");
        Console.WriteLine("| dimensions | threads | s an epoch | M steps/s | M rows gathered at random/s | 3 · steps / rows gathered |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int d in args.Length > 1 ? args[1..].Select(int.Parse) : [64])
        {
            foreach (int threads in new[] { 1, Environment.ProcessorCount })
            {
                double rows = GatherRate(users, items, d, threads);
                double seconds = SecondsAnEpoch(data, d, threads), rate = count / seconds;
                rows = Math.Max(rows, GatherRate(users, items, d, threads));
                Console.WriteLine($"| {d} | {threads} | {seconds:F2} | {rate / 1e6:F2} | {rows / 1e6:F1} | {3 * rate / rows:F2} |");
            }
        }
    }

    /// <summary>Rows a second that are read at random: one of the users' for two of the items', as a step does without blocks.</summary>
    private static double GatherRate(int users, int items, int d, int threads)
    {
        Matrix x = new(users, d), y = new(items, d);
        double best = 0;
        for (int round = 0; round < 3; round++)
        {
            long start = Stopwatch.GetTimestamp();
            var sums = new float[threads];
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
            {
                var rng = new Rng((ulong)thread);
                float sum = 0;
                for (int n = 0; n < GatheredRows / 3; n++)
                {
                    var user = x.Row(rng.NextInt(users));
                    sum += Kernels.Dot(user, y.Row(rng.NextInt(items))) - Kernels.Dot(user, y.Row(rng.NextInt(items)));
                }
                sums[thread] = sum;
            });
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (sums.Sum() == 0) best = Math.Max(best, (double)threads * GatheredRows / seconds);
        }
        return best;
    }

    private static double SecondsAnEpoch(Kindred.Interactions data, int dimensions, int threads)
    {
        var clock = new EpochClock();
        new Bpr { Dimensions = dimensions, Epochs = 4, NegativeCandidates = 1 }.Train(data, new() { Workers = threads, Progress = clock });
        return clock.Best;
    }
}
