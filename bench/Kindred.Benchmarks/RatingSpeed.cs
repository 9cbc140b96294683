using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// Ratings a second of gradient steps and of alternating least squares, against the multiply-add peak and the rows that the same machine
/// gathers at random in the same run.
/// </summary>
internal static class RatingSpeed
{
    // Ratings at random have no tastes in them: with a penalty that grows by the root alone, popular items would fit the noise.
    private const float Penalty = 0.1f;

    private const int Users = 138_000, Items = 27_000, Ratings = 16_000_000;

    public static int Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        var data = Rated(GeneratedInteractions.Create(Users, Items, Ratings));
        Console.WriteLine($"{Users} users, {Items} items, {data.ByUser.Count} ratings; a step of mf reads and writes 2 rows, 8·d flops");
        Console.WriteLine("| model | dimensions | threads | s an epoch | M ratings/s | GFLOP/s | of peak | rows, GB/s | of random " +
            "gathers |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        string[] models = [.. args.Where(arg => !char.IsAsciiDigit(arg[0]))];
        int[] dimensions = [.. args.Where(arg => char.IsAsciiDigit(arg[0])).Select(int.Parse)];
        foreach (int d in dimensions.Length > 0 ? dimensions : [64])
        {
            foreach (int threads in new[] { 1, Environment.ProcessorCount })
            {
                double ratings = data.ByUser.Count, rows = Users + Items;
                double als = (2 * ratings * (((double)d * d) + (3 * d))) + (rows * (((double)d * d * d / 3) + (3.0 * d * d)));
                void Measure(string name, ITrainer trainer, double flops)
                {
                    if (models.Length == 0 || models.Contains(name)) Row(name, trainer, data, d, threads, flops);
                }
                Measure("mf", new MatrixFactorization { Dimensions = d, Epochs = 6, FrequencyExponent = 1, Regularization = Penalty },
                    8 * ratings * d);
                Measure("svdpp", new SvdPlusPlus { Dimensions = d, Epochs = 3, FrequencyExponent = 1, Regularization = Penalty },
                    16 * ratings * d);
                Measure("als", new ExplicitAls { Dimensions = d, Epochs = 3, FrequencyExponent = 1, Regularization = Penalty }, als);
                Measure("implicit-als", new ImplicitAls { Dimensions = d, Epochs = 3 }, als);
            }
        }
        return 0;
    }

    private static void Row(string name, ITrainer trainer, Interactions data, int d, int threads, double flops)
    {
        double peak = Machine.PeakGflops(threads), gathered = Machine.GatheredGigabytes(threads, Users, d);
        var clock = new EpochClock();
        trainer.Train(data, new() { Workers = threads, Progress = clock });
        double seconds = clock.Best, rate = data.ByUser.Count / seconds, speed = flops / seconds / 1e9,
            bytes = rate * 2 * d * sizeof(float) / 1e9;
        (peak, gathered) = (Math.Max(peak, Machine.PeakGflops(threads)), Math.Max(gathered, Machine.GatheredGigabytes(threads, Users, d)));
        Console.WriteLine($"| `{name}` | {d} | {threads} | {seconds:F2} | {rate / 1e6:F1} | {speed:F0} | {speed / peak:P0} | {bytes:F0} " +
            $"| {bytes / gathered:P0} |");
    }

    /// <summary>The same pairs with ratings from 1 to 5.</summary>
    private static Interactions Rated(Interactions data)
    {
        var rng = new Rng(2);
        var pairs = data.ByUser;
        float[] ratings = [.. Enumerable.Range(0, pairs.Count).Select(_ => 1f + rng.NextInt(5))];
        return Interactions.From(data.Users, data.Items, new(pairs.Rows, pairs.Columns, pairs.Starts, pairs.Indices, ratings));
    }
}
