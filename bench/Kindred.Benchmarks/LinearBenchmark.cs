using System.Diagnostics;
using Kindred.Models;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred.Benchmarks;

/// <summary>
/// The inverse that EASE is made of, against the multiply-add peak of the same machine in the same run: items³ flops, what a Cholesky
/// factorization (items³/3) and the inverse from it (2·items³/3) need. Whole trainings of SLIM beside it.
/// </summary>
internal static class LinearBenchmark
{
    public static void Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        switch (args)
        {
            case ["slim", .. var rest]: Train(Sizes(rest, [5_000, 10_000, 20_000])); break;
            case ["ease", .. var rest]: Invert(Sizes(rest, [5_000, 10_000, 20_000])); break;
            default: Invert([5_000, 10_000, 20_000]); Train([5_000, 10_000, 20_000]); break;
        }
    }

    private static int[] Sizes(string[] args, int[] otherwise) => args.Length > 0 ? [.. args.Select(int.Parse)] : otherwise;

    private static void Invert(int[] sizes)
    {
        Console.WriteLine("| items | threads | Gram, s of a core | inverse, s | inverse, s of a core | GFLOP/s of a core | its peak | " +
            "of peak | peak memory MB |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int items in sizes)
        {
            var data = GeneratedInteractions.Create(3 * items, items, 60 * items);
            foreach (int threads in new[] { 1, Environment.ProcessorCount })
            {
                double peak = Machine.PeakGflopsOfCore(threads);
                using var matrix = new TiledSymmetric(items);
                double start = Machine.CoreSeconds();
                SparseProduct.AddTo(matrix, data.ByItem, threads, default);
                matrix.AddToDiagonal(100);
                double added = Machine.CoreSeconds();
                var clock = Stopwatch.StartNew();
                if (!SymmetricInverse.TryNegate(matrix, threads, null, default))
                    throw new InvalidOperationException("not positive definite");
                double seconds = clock.Elapsed.TotalSeconds, cores = Machine.CoreSeconds() - added,
                    flops = Math.Pow(items, 3) / cores / 1e9;
                peak = (peak + Machine.PeakGflopsOfCore(threads)) / 2; // others may be at work: as it was before and after
                Console.WriteLine($"| {items} | {threads} | {added - start:F2} | {seconds:F1} | {cores:F1} | {flops:F0} | {peak:F0} " +
                    $"| {flops / peak:P0} | {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} |");
            }
        }
    }

    private static void Train(int[] sizes)
    {
        Console.WriteLine("| items | events | SLIM, s | µs an item | EASE, 200 candidates, s | µs an item | peak memory MB |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int items in sizes)
        {
            var data = GeneratedInteractions.Create(3 * items, items, 60 * items);
            double Seconds(ITrainer trainer)
            {
                long start = Stopwatch.GetTimestamp();
                trainer.Train(data, new());
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
            double slim = Seconds(new Slim()), ease = Seconds(new Ease { Candidates = 200 });
            Console.WriteLine($"| {items} | {data.ByUser.Count} | {slim:F1} | {slim * 1e6 / items:F0} | {ease:F1} " +
                $"| {ease * 1e6 / items:F0} | {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} |");
        }
    }
}
