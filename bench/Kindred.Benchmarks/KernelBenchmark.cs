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
        foreach (int d in new[] { 64, 128, 256 })
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
                double useful = (double)Rows * d * (d + 1), executed = ExecutedFlops(d) * Rows;
                Console.WriteLine($"syrk d={d} rows={Rows}: {executed / seconds / 1e9:F1} GFLOP/s executed = {executed / seconds / 1e9 / peak:P0} of peak; useful {useful / seconds / 1e9 / peak:P0}");
            }
        }
    }

    // tiles reach down to the register that holds the diagonal
    private static double ExecutedFlops(int d)
    {
        double flops = 0;
        for (int r = 0; r < d; r += 8) flops += 2.0 * 8 * (d - (r / 16 * 16));
        return flops;
    }
}
