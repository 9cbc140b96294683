using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Benchmarks;

/// <summary>SYRK and Cholesky against the multiply-add peak of one thread.</summary>
internal static unsafe class KernelBenchmark
{
    public static void Run()
    {
        Console.WriteLine(Machine.Describe());
        int[] sizes = [64, 128, 256];
        foreach (int d in sizes)
        {
            const int Rows = 64;
            var rng = new Rng(1);
            var (w, a) = Syrk.Allocate(Rows, d);
            foreach (ref float value in w.Span) value = (float)rng.NextNormal();
            int repeats = 20_000_000 / (d * d);
            fixed (float* pw = w.Span, pa = a.Span)
            {
                nint from = (nint)pw, to = (nint)pa;
                double seconds = double.PositiveInfinity, peak = 0;
                for (int round = 0; round < 5; round++)
                {
                    peak = Math.Max(peak, Machine.PeakGflops(1));
                    seconds = Math.Min(seconds,
                        Machine.Time(
                            () => { for (int n = 0; n < repeats; n++) Syrk.Add((float*)from, Rows, d, (float*)to); }, 1) / repeats);
                }
                double useful = (double)Rows * d * (d + 1), executed = ExecutedFlops(d) * Rows;
                Console.WriteLine($"syrk d={d} rows={Rows}: {executed / seconds / 1e9:F1} GFLOP/s executed " +
                    $"= {executed / seconds / 1e9 / peak:P0} of peak {peak:F1}; useful {useful / seconds / 1e9 / peak:P0}");
            }
        }
        foreach (int d in sizes) Solve(d);
        foreach (int d in new[] { 64, 128 })
        {
            Row(d, 27_000, 20);
            Row(d, 27_000, 145);
            Row(d, 138_000, 740);
        }
    }

    /// <summary>Factorization and both substitutions, of a matrix that is copied first; the time of the copy is taken off.</summary>
    private static void Solve(int d)
    {
        var rng = new Rng(3);
        var w = new Matrix(2 * d, d);
        foreach (ref float value in w.Values.Span) value = (float)rng.NextNormal();
        var (a, work, vectors) = (new Matrix(d, d), new Matrix(d, d), new Matrix(2, d));
        int repeats = 2_000_000_000 / (d * d * d);
        fixed (float* pw = w.Values.Span, pa = a.Values.Span, pm = work.Values.Span, pv = vectors.Values.Span)
        {
            Syrk.Add(pw, 2 * d, d, pa);
            nint matrix = (nint)pm, vector = (nint)pv;
            void Copy()
            {
                a.Values.Span.CopyTo(work.Values.Span);
                vectors.Row(0).Fill(1);
            }
            double copy = double.PositiveInfinity, all = copy, peak = 0;
            for (int round = 0; round < 5; round++)
            {
                peak = Math.Max(peak, Machine.PeakGflops(1));
                copy = Math.Min(copy, Machine.Time(() => { for (int n = 0; n < repeats; n++) Copy(); }, 1) / repeats);
                all = Math.Min(all, Machine.Time(() =>
                {
                    for (int n = 0; n < repeats; n++)
                    {
                        Copy();
                        if (!Cholesky.TrySolve((float*)matrix, d, (float*)vector, (float*)vector + d))
                            throw new InvalidOperationException("Not positive definite.");
                    }
                }, 1) / repeats);
            }
            double flops = ((double)d * d * d / 3) + (2.0 * d * d), seconds = all - copy;
            Console.WriteLine($"cholesky and substitutions d={d}: {seconds * 1e6:F2} µs, {flops / seconds / 1e9:F1} GFLOP/s " +
                $"= {flops / seconds / 1e9 / peak:P0} of peak");
        }
    }

    /// <summary>
    /// Where the time of one least-squares row goes: start from the Gram matrix, gather and add the rows, factor and solve.
    /// </summary>
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
        double add =
            Machine.Time(
                () => { for (int u = 0; u < Users; u++) { equations.Start(
                    gram, 1); equations.Add(y, rows.AsSpan(u * gathered, gathered), ones, ones); } }, 3) / Users;
        double all =
            Machine.Time(
                () => { for (int u = 0; u < Users; u++) { equations.Start(
                    gram, 1); equations.Add(y, rows.AsSpan(u * gathered, gathered), ones, ones); equations.Solve(x); } }, 3) / Users;
        var descent = new ConjugateGradient(d);
        double one =
            Machine.Time(
                () => { for (int u = 0; u < Users; u++)
                    descent.Lower(gram, 1, y, rows.AsSpan(u * gathered, gathered), ones, ones, 1, x); }, 3) / Users;
        double three =
            Machine.Time(
                () => { for (int u = 0; u < Users; u++)
                    descent.Lower(gram, 1, y, rows.AsSpan(u * gathered, gathered), ones, ones, 3, x); }, 3) / Users;
        Console.WriteLine($"row d={d}, {gathered} of {table}: conjugate gradients, residual and a step {one * 1e6:F2} µs, each step " +
            $"more {(three - one) / 2 * 1e6:F2} µs ({(three - one) / 2 * 1e9 / gathered:F1} ns each)");
        Console.WriteLine($"row d={d}, {gathered} of {table}: start {start * 1e6:F2} µs, gather and add {(add - start) * 1e6:F2} " +
            $"µs ({(add - start) * 1e9 / gathered:F1} ns each), factor and solve {(all - add) * 1e6:F2} µs");
    }

    // tiles reach down to the register that holds the diagonal
    private static double ExecutedFlops(int d)
    {
        double flops = 0;
        for (int r = 0; r < d; r += 8) flops += 2.0 * 8 * (d - (r / 16 * 16));
        return flops;
    }
}
