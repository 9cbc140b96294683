using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred.Benchmarks;

/// <summary>The physical limits of this machine, measured in the same run as whatever is compared with them.</summary>
internal static class Machine
{
    private const int Adds = 1 << 16, Rounds = 1_000;

    private const long PeakRounds = 20_000_000;

    /// <returns>Best of <paramref name="tries"/> runs, seconds.</returns>
    public static double Time(Action action, int tries = 5)
    {
        action(); // warm up: JIT, caches, page faults
        double best = double.MaxValue;
        for (int n = 0; n < tries; n++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    /// <returns>Seconds of cores that this process has had, of all its threads together: what work costs, whoever else is on the
    /// machine.</returns>
    public static double CoreSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    /// <returns>Fused multiply-adds in registers alone, all threads at once, GFLOP/s.</returns>
    public static double PeakGflops(int threads)
    {
        double seconds = Time(() => OnThreads(threads, static _ => Peak(PeakRounds)));
        return threads * PeakFlops / seconds / 1e9;
    }

    /// <returns>As <see cref="PeakGflops"/>, of one core while as many are at work as there are threads, by
    /// <see cref="CoreSeconds"/>.</returns>
    public static double PeakGflopsOfCore(int threads)
    {
        const int Tries = 5;
        double before = CoreSeconds();
        for (int n = 0; n < Tries; n++) OnThreads(threads, static _ => Peak(PeakRounds));
        return Tries * threads * PeakFlops / (CoreSeconds() - before) / 1e9;
    }

    /// <returns>Memory beyond all caches read from one end to the other by one thread, GB/s.</returns>
    public static double ReadGigabytes()
    {
        var memory = new Matrix(1, 1 << 26);
        memory.Values.Span.Fill(1);
        double seconds = Time(() => Kernels.Dot(memory.Values.Span, memory.Values.Span));
        return (double)memory.Columns * sizeof(float) / seconds / 1e9;
    }

    /// <returns>Rows of <paramref name="columns"/> floats read in random order from a table, all threads at once, GB/s.</returns>
    public static double GatheredGigabytes(int threads, int rows, int columns)
    {
        const int Reads = 500_000;
        var table = new Matrix(rows, columns);
        var random = new Rng(1);
        int[] order = [.. Enumerable.Range(0, Reads).Select(_ => random.NextInt(rows))];
        float[] ones = new float[columns];
        ones.AsSpan().Fill(1);
        double seconds = Time(() => OnThreads(threads, _ => GatheredRows.Multiply(table, order, 0, ones, new float[Reads])), 3);
        return (double)threads * Reads * columns * sizeof(float) / seconds / 1e9;
    }

    /// <returns>Additions to a random one of 4,096 floats, which the first level of the cache holds, all threads at once,
    /// additions/s.</returns>
    public static double ScatteredAdds(int threads)
    {
        const int Sums = 4_096;
        var random = new Rng(1);
        ushort[] places = [.. Enumerable.Range(0, Adds).Select(_ => (ushort)random.NextInt(Sums))];
        double seconds = Time(() => OnThreads(threads, _ =>
        {
            var sums = new float[Sums];
            for (int round = 0; round < Rounds; round++) SparseGram.AddAt(places, 1, sums);
        }), 3);
        return (double)threads * Adds * Rounds / seconds;
    }

    /// <summary>Additions of all runs of <see cref="ScatteredAdds"/> with one thread.</summary>
    public static double ScatteredAddsInAll => 4.0 * Adds * Rounds;

    public static void OnThreads(int threads, Action<int> work)
    {
        var running = Enumerable.Range(1, threads - 1).Select(n => { var t = new Thread(() => work(n)); t.Start(); return t; }).ToArray();
        work(0);
        foreach (var thread in running) thread.Join();
    }

    public static string Describe()
    {
        string cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?"
            : "?";
        return $"{cpu}, {Environment.ProcessorCount} cores, {Lanes * 32}-bit vectors, {Environment.OSVersion.VersionString}, " +
            $".NET {Environment.Version}";
    }

    private static double PeakFlops => PeakRounds * 12.0 * 2 * Lanes;

    private static int Lanes => Vector512.IsHardwareAccelerated ? Simd512.Count : SimdNative.Count;

    private static void Peak(long rounds)
    {
        if (Vector512.IsHardwareAccelerated) Peak<Simd512>(rounds);
        else Peak<SimdNative>(rounds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Peak<T>(long rounds) where T : struct, ISimd<T>
    {
        T a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default;
        T b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default;
        T x = T.Broadcast(0.999f), y = T.Broadcast(1e-6f);
        for (long n = 0; n < rounds; n++)
        {
            a0 = a0.Plus(x, y); a1 = a1.Plus(x, y); a2 = a2.Plus(x, y); a3 = a3.Plus(x, y); a4 = a4.Plus(x, y); a5 = a5.Plus(x, y);
            b0 = b0.Plus(x, y); b1 = b1.Plus(x, y); b2 = b2.Plus(x, y); b3 = b3.Plus(x, y); b4 = b4.Plus(x, y); b5 = b5.Plus(x, y);
        }
        return a0.Sum() + a1.Sum() + a2.Sum() + a3.Sum() + a4.Sum() + a5.Sum() + b0.Sum() + b1.Sum() + b2.Sum() + b3.Sum() + b4.Sum()
            + b5.Sum();
    }
}
