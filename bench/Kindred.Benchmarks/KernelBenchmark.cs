using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>SYRK and Cholesky against the multiply-add peak of one thread.</summary>
internal static unsafe class KernelBenchmark
{
    public static void Run()
    {
        Console.WriteLine(Machine.Describe());
        double peak = Machine.PeakGflops(1);
        Console.WriteLine($"multiply-add peak, 1 thread: {peak:F1} GFLOP/s");
        int[] sizes = [64, 128, 256];
        foreach (int d in sizes)
        {
            const int Rows = 64;
            var rng = new Rng(1);
            var w = new Matrix(Rows, d);
            foreach (ref float value in w.Values.Span) value = (float)rng.NextNormal();
            var a = new Matrix(d, d);
            int repeats = 20_000_000 / (d * d);
            fixed (float* pw = w.Values.Span, pa = a.Values.Span)
            {
                nint from = (nint)pw, to = (nint)pa;
                double seconds = Machine.Time(() => { for (int n = 0; n < repeats; n++) Syrk.Add((float*)from, Rows, d, (float*)to); }) / repeats;
                peak = Math.Max(peak, Machine.PeakGflops(1));
                double useful = (double)Rows * d * (d + 1), executed = ExecutedFlops(d) * Rows;
                Console.WriteLine($"syrk d={d} rows={Rows}: {executed / seconds / 1e9:F1} GFLOP/s executed = {executed / seconds / 1e9 / peak:P0} of peak; useful {useful / seconds / 1e9 / peak:P0}");
            }
        }
        foreach (int d in new[] { 64, 128 })
        {
            Row(d, 27_000, 20);
            Row(d, 27_000, 145);
            Row(d, 138_000, 740);
        }
    }

    /// <summary>Where the time of one least-squares row goes: start from the Gram matrix, gather and add the rows, factor and solve.</summary>
    private static void Row(int d, int table, int gathered)
    {
        var rng = new Rng(2);
        var y = new Matrix(table, d);
        foreach (ref float value in y.Values.Span) value = (float)rng.NextNormal() * 0.1f;
        var gram = Gram.Of(y, 0.02f, 1, default);
        const int Users = 2000;
        int[] rows = [.. Enumerable.Range(0, Users * gathered).Select(_ => rng.NextInt(table))];
        float[] ones = new float[gathered], x = new float[d];
        ones.AsSpan().Fill(1);
        var equations = new NormalEquations(d);
        double start = Machine.Time(() => { for (int u = 0; u < Users; u++) equations.Start(gram, 1); }, 3) / Users;
        double add = Machine.Time(() => { for (int u = 0; u < Users; u++) { equations.Start(gram, 1); equations.Add(y, rows.AsSpan(u * gathered, gathered), ones, ones); } }, 3) / Users;
        double all = Machine.Time(() => { for (int u = 0; u < Users; u++) { equations.Start(gram, 1); equations.Add(y, rows.AsSpan(u * gathered, gathered), ones, ones); equations.Solve(x); } }, 3) / Users;
        var descent = new ConjugateGradient(d);
        double one = Machine.Time(() => { for (int u = 0; u < Users; u++) descent.Lower(gram, 1, y, rows.AsSpan(u * gathered, gathered), ones, ones, 1, x); }, 3) / Users;
        double three = Machine.Time(() => { for (int u = 0; u < Users; u++) descent.Lower(gram, 1, y, rows.AsSpan(u * gathered, gathered), ones, ones, 3, x); }, 3) / Users;
        Console.WriteLine($"row d={d}, {gathered} of {table}: conjugate gradients, residual and a step {one * 1e6:F2} µs, each step more {(three - one) / 2 * 1e6:F2} µs ({(three - one) / 2 * 1e9 / gathered:F1} ns each)");
        Console.WriteLine($"row d={d}, {gathered} of {table}: start {start * 1e6:F2} µs, gather and add {(add - start) * 1e6:F2} µs ({(add - start) * 1e9 / gathered:F1} ns each), factor and solve {(all - add) * 1e6:F2} µs");
    }

    // tiles reach down to the register that holds the diagonal
    private static double ExecutedFlops(int d)
    {
        double flops = 0;
        for (int r = 0; r < d; r += 8) flops += 2.0 * 8 * (d - (r / 16 * 16));
        return flops;
    }
}
