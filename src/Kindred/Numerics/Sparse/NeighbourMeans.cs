using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Sparse;

/// <summary>
/// One step of a random walk over a bipartite graph: every row becomes the mean of its neighbours' rows. The values of the edges do not
/// count.
/// </summary>
/// <remarks>
/// A row's sum stays in registers, four of them at a time, while the rows of its neighbours pass by, which are asked for ahead. At 64
/// dimensions with AVX-512 each is read once. Cost: edges · d additions, limited by how fast rows are gathered.
/// </remarks>
internal static unsafe class NeighbourMeans
{
    private const int RowsAhead = 12;

    /// <summary>y(r) ← Σ x(c) / count, over the columns c of row r; 0 where there are none.</summary>
    /// <param name="edges">[rows, columns]</param>
    /// <param name="x">[columns, d]</param>
    /// <param name="y">[rows, d]; rows first … end − 1 are overwritten.</param>
    public static void Apply(SparseMatrix edges, Matrix x, Matrix y, int first, int end)
    {
        if (x.Rows != edges.Columns || y.Rows != edges.Rows || x.Columns != y.Columns)
            throw new ArgumentException(
                $"{edges.Rows} x {edges.Columns} edges do not fit {x.Rows} x {x.Columns} and {y.Rows} x {y.Columns}.", nameof(edges));
        if (Vector512.IsHardwareAccelerated) Apply<Simd512>(edges, x, y, first, end);
        else Apply<SimdNative>(edges, x, y, first, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Apply<T>(SparseMatrix edges, Matrix x, Matrix y, int first, int end) where T : struct, ISimd<T>
    {
        int d = x.Columns, wide = 4 * T.Count;
        var starts = edges.Starts.Span;
        fixed (int* columns = edges.Indices.Span)
        fixed (float* from = x.Values.Span, to = y.Values.Span)
        {
            for (int row = first; row < end; row++)
            {
                int start = starts[row], stop = starts[row + 1], ahead = Math.Min(RowsAhead, edges.Count - stop);
                float* target = to + ((long)row * d);
                float scale = stop == start ? 0 : 1f / (stop - start);
                int c = 0;
                for (; c + wide <= d; c += wide)
                {
                    T s0 = T.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, one = T.Broadcast(1), by = T.Broadcast(scale);
                    for (int n = start; n < stop; n++)
                    {
                        float* source = from + ((long)columns[n] * d) + c;
                        if (Sse.IsSupported)
                        {
                            float* later = from + ((long)columns[n + ahead] * d) + c;
                            for (int line = 0; line < wide; line += 16) Sse.Prefetch0(later + line);
                        }
                        s0 = s0.Plus(one, T.Load(source));
                        s1 = s1.Plus(one, T.Load(source + T.Count));
                        s2 = s2.Plus(one, T.Load(source + (2 * T.Count)));
                        s3 = s3.Plus(one, T.Load(source + (3 * T.Count)));
                    }
                    s0.Times(by).Store(target + c);
                    s1.Times(by).Store(target + c + T.Count);
                    s2.Times(by).Store(target + c + (2 * T.Count));
                    s3.Times(by).Store(target + c + (3 * T.Count));
                }
                for (; c < d; c++)
                {
                    float sum = 0;
                    for (int n = start; n < stop; n++) sum += from[((long)columns[n] * d) + c];
                    target[c] = sum * scale;
                }
            }
        }
    }
}
