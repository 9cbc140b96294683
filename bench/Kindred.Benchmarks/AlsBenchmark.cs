using System.Diagnostics;
using Kindred.Models;
using Kindred.Models.Als;

namespace Kindred.Benchmarks;

/// <summary>
/// One iteration (items + users) of implicit ALS with each solver, against the multiply-add peak and the gathering bandwidth of the same
/// machine in the same run, and the loss after ten iterations against the exact solver's.
/// </summary>
internal static class AlsBenchmark
{
    private const int Iterations = 10;

    public static void Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        switch (args)
        {
            case ["growth"]: Growth(); break;
            case ["small", .. var rest]: Size(6_000, 3_700, 1_000_000, rest); break;
            case ["large", .. var rest]: Size(1_000_000, 200_000, 98_600_000, rest); break;
            case ["medium", .. var rest]: Size(138_000, 27_000, 20_000_000, rest); break;
            default: Size(138_000, 27_000, 20_000_000, args); break;
        }
    }

    /// <summary>Events, users and items grow alike; what an event costs should stay.</summary>
    private static void Growth()
    {
        Header("users");
        foreach (int millions in new[] { 1, 5, 20, 100 })
        {
            var data = Generate(7_000 * millions, 1_350 * millions, 1_000_000 * millions);
            foreach (var solver in Enum.GetValues<AlsSolver>().Where(solver => solver != AlsSolver.Subspace))
                Row(new() { Solver = solver, Epochs = 3 }, data, Environment.ProcessorCount, $"{data.Users.Count}", null);
        }
    }

    /// <param name="args">Numbers of dimensions, and solvers, where not all of them are meant.</param>
    private static void Size(int users, int items, int events, string[] args)
    {
        AlsSolver[] solvers = [.. args.Where(arg => !int.TryParse(arg, out _)).Select(arg => Enum.Parse<AlsSolver>(arg, ignoreCase: true))];
        int[] dimensions = [.. args.Where(arg => int.TryParse(arg, out _)).Select(int.Parse)];
        var data = Generate(users, items, events);
        Header("dimensions");
        foreach (int d in dimensions.Length > 0 ? dimensions : [64, 128, 256])
        {
            double? exact = null;
            foreach (var trainer in SolversOf(d).Where(trainer => solvers.Length == 0 || solvers.Contains(trainer.Solver)))
            {
                foreach (int threads in new[] { 1, Environment.ProcessorCount })
                {
                    // the loss is the same at any number of threads: only one of the runs has to be long
                    bool last = threads > 1 || Environment.ProcessorCount == 1;
                    double loss = Row(trainer with { Epochs = last ? Iterations : 3 }, data, threads, $"{d}", last ? exact : null);
                    if (last) exact ??= loss;
                }
            }
        }
    }

    private static IEnumerable<ImplicitAls> SolversOf(int dimensions)
    {
        var trainer = new ImplicitAls { Dimensions = dimensions };
        if (dimensions <= 256) yield return trainer;
        yield return trainer with { Solver = AlsSolver.ConjugateGradient, ConjugateGradientSteps = 2 };
        yield return trainer with { Solver = AlsSolver.ConjugateGradient };
        if (dimensions > 64) yield return trainer with { Solver = AlsSolver.Subspace };
        if (dimensions > 128) yield return trainer with { Solver = AlsSolver.Subspace, BlockDimensions = 128 };
    }

    private static Kindred.Interactions Generate(int users, int items, int events)
    {
        var clock = Stopwatch.StartNew();
        var data = GeneratedInteractions.Create(users, items, events);
        _ = data.ByItem;
        Console.Error.WriteLine($"{users} users, {items} items, {data.ByUser.Count} events, generated " +
            $"in {clock.Elapsed.TotalSeconds:F1} s");
        return data;
    }

    private static void Header(string first)
    {
        Console.WriteLine($"| {first} | solver | threads | s an iteration | ns an event | useful GFLOP/s | of peak | gathered GB/s | of " +
            $"peak | peak memory MB | loss to exact |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    /// <returns>The loss after the last iteration.</returns>
    private static double Row(ImplicitAls trainer, Kindred.Interactions data, int threads, string first, double? exact)
    {
        double peak = Machine.PeakGflops(threads), bandwidth = Machine.GatheredGigabytes(threads, data.Users.Count, trainer.Dimensions);
        var clock = new EpochClock();
        trainer.Train(data, new() { Workers = threads, Progress = clock });
        double flops = Flops(trainer, data), bytes = Bytes(trainer, data), seconds = clock.Best;
        double memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        string solver = trainer.Solver switch
        {
            AlsSolver.ConjugateGradient => $"{trainer.ConjugateGradientSteps} CG steps",
            AlsSolver.Subspace => $"blocks of {trainer.BlockDimensions}",
            _ => "exact",
        };
        Console.WriteLine($"| {first} | {solver} | {threads} | {seconds:F2} | {seconds * 1e9 / data.ByUser.Count:F1} " +
            $"| {flops / seconds / 1e9:F0} | {flops / seconds / 1e9 / peak:P0} | {bytes / seconds / 1e9:F0} " +
            $"| {bytes / seconds / 1e9 / bandwidth:P0} | {memory:F0} | {(exact is { } loss ? $"{(clock.Loss / loss) - 1:P2}" : "")} |");
        return clock.Loss;
    }

    // Exact: nnz·(d² + 3d) a side, d³/3 + 3d² a row, the flop count that implicit's and Google's figures are compared by. Conjugate
    // gradients:
    // 4d a pair and 2d² a row in each product. Blocks of b: the exact count of b in each block, predictions, and the row's product with G,
    // twice.
    private static double Flops(ImplicitAls trainer, Kindred.Interactions data)
    {
        double d = trainer.Dimensions, pairs = 2.0 * data.ByUser.Count, rows = data.Users.Count + (double)data.Items.Count;
        double b = Math.Min(d, trainer.BlockDimensions), products = trainer.ConjugateGradientSteps + 1;
        return trainer.Solver switch
        {
            AlsSolver.ConjugateGradient => products * ((pairs * 4 * d) + (rows * 2 * d * d)),
            AlsSolver.Subspace =>
                (d / b * ((pairs * ((b * b) + (3 * b))) + (rows * ((b * b * b / 3) + (3 * b * b))))) + (pairs * 4 * d) + (rows * 4 * d * d),
            _ => (pairs * ((d * d) + (3 * d))) + (rows * ((d * d * d / 3) + (3 * d * d))),
        };
    }

    // each pair's row, once for each pass over them that does not find it in the cache
    private static double Bytes(ImplicitAls trainer, Kindred.Interactions data) =>
        2.0 * data.ByUser.Count * trainer.Dimensions * sizeof(float) * (trainer.Solver == AlsSolver.Subspace ? 3 : 1);

    // the best of the iterations between the first report and the last: the first one includes warming up
    private sealed class EpochClock : IProgress<TrainingProgress>
    {
        private long _last;

        public double Best { get; private set; } = double.MaxValue;

        public double Loss { get; private set; }

        public void Report(TrainingProgress value)
        {
            if (_last != 0) Best = Math.Min(Best, Stopwatch.GetElapsedTime(_last).TotalSeconds);
            _last = Stopwatch.GetTimestamp();
            Loss = value.Loss ?? double.NaN;
        }
    }
}
