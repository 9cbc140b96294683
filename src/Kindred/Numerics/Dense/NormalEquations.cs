using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Dense;

/// <summary>
/// Collects and solves (G + λI + Σ w·y·yᵀ)·x = Σ t·y over gathered rows y: the inner problem of alternating least squares. Scratch memory
/// of one thread, used again for each right-hand side.
/// </summary>
/// <remarks>
/// Rows are scaled by √w into a packed panel of 64 and folded into the matrix by <see cref="Syrk"/>; d is padded to the register width.
/// Cost: d² a row, d³/3 + 2d² a solution.
/// </remarks>
internal sealed unsafe class NormalEquations
{
    private const int PanelRows = 64;

    private readonly int _d, _padded;
    private readonly Memory<float> _matrix, _panel, _vectors;

    public NormalEquations(int dimensions)
    {
        _d = dimensions;
        _padded = (dimensions + Syrk.Padding - 1) / Syrk.Padding * Syrk.Padding;
        (_panel, _matrix) = Syrk.Allocate(PanelRows, _padded);
        _vectors = AlignedMemory.Allocate<float>(2 * _padded);
    }

    /// <summary>Forgets everything and starts from G + λI and a right-hand side of zeros.</summary>
    /// <param name="gram">[d, d]; the upper triangle is read.</param>
    public void Start(Matrix gram, float ridge)
    {
        Span<float> matrix = _matrix.Span, from = gram.Values.Span;
        for (int r = 0; r < _padded; r++)
        {
            int first = r / Syrk.Padding * Syrk.Padding; // tiles read from the register that holds the diagonal
            var row = matrix.Slice((r * _padded) + first, _padded - first);
            if (_padded != _d) row.Clear();
            if (r < _d) from.Slice((r * _d) + first, _d - first).CopyTo(row);
            row[r - first] += r < _d ? ridge : 1; // the padding has equations of its own: 1·x = 0
        }
        _vectors.Span.Clear();
    }

    /// <summary>Forgets everything and starts from scale·v·vᵀ + λI and a right-hand side of scale·t·v.</summary>
    /// <param name="v">[d]</param>
    public void Start(ReadOnlySpan<float> v, float scale, float t, float ridge)
    {
        _vectors.Span.Clear();
        Kernels.AddScaled(1, v, _vectors.Span[.._d]);
        fixed (float* matrix = _matrix.Span, vector = _vectors.Span)
        {
            if (Vector512.IsHardwareAccelerated) StartFrom<Simd512>(matrix, vector, scale, ridge);
            else StartFrom<SimdNative>(matrix, vector, scale, ridge);
        }
        foreach (ref float value in _vectors.Span[.._d]) value *= scale * t;
    }

    /// <summary>Adds w·y·yᵀ to the matrix and t·y to the right-hand side, for each chosen row y.</summary>
    /// <param name="y">[any, ≥ d]</param>
    /// <param name="rows">[n], which rows of <paramref name="y"/>.</param>
    /// <param name="weights">[n], w ≥ 0.</param>
    /// <param name="targets">[n], t.</param>
    /// <param name="column">The first of the d columns of <paramref name="y"/> that count.</param>
    public void Add(Matrix y, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<float> targets, int column = 0)
    {
        float* scales = stackalloc float[PanelRows];
        float** sources = stackalloc float*[PanelRows];
        int stride = y.Columns;
        fixed (float* values = y.Values.Span, panel = _panel.Span, matrix = _matrix.Span, right = _vectors.Span, target = targets)
        {
            float* from = values + column;
            Prefetch(from, stride, rows[..Math.Min(PanelRows, rows.Length)]);
            for (int first = 0; first < rows.Length; first += PanelRows)
            {
                int count = Math.Min(PanelRows, rows.Length - first);
                for (int n = 0; n < count; n++)
                {
                    sources[n] = from + ((long)rows[first + n] * stride);
                    scales[n] = MathF.Sqrt(weights[first + n]);
                }
                if (Vector512.IsHardwareAccelerated) Pack<Simd512>(sources, scales, target + first, count, panel, right);
                else Pack<SimdNative>(sources, scales, target + first, count, panel, right);

                // the next panel comes from memory while this one is computed
                var next = rows[Math.Min(rows.Length, first + PanelRows)..Math.Min(rows.Length, first + (2 * PanelRows))];
                int step = Math.Max(1, PanelRows * Syrk.TileRows / _padded);
                for (int r = 0, n = 0; r < _padded; r += Syrk.TileRows, n = Math.Min(next.Length, n + step))
                {
                    Prefetch(from, stride, next[n..Math.Min(next.Length, n + step)]);
                    Syrk.AddTileRow(panel, count, _padded, r, matrix);
                }
            }
        }
    }

    /// <returns>Numbers in the sums of <see cref="AddTo"/>: the upper triangle of the matrix, and the right-hand side.</returns>
    public static int SumsOf(int dimensions) => (dimensions * (dimensions + 1) / 2) + dimensions;

    /// <summary>Adds what was collected since a start without matrix and ridge to sums in fixed point.</summary>
    /// <param name="matrixScale">Units in 1, as <paramref name="rightScale"/>: <see cref="FixedPoint.Scale"/>.</param>
    /// <param name="sums">[<see cref="SumsOf"/>]</param>
    public void AddTo(Span<int> sums, float matrixScale, float rightScale)
    {
        int at = 0;
        for (int r = 0; r < _d; at += _d - r++)
            FixedPoint.Add(_matrix.Span.Slice((r * _padded) + r, _d - r), matrixScale, sums.Slice(at, _d - r));
        FixedPoint.Add(_vectors.Span[.._d], rightScale, sums.Slice(at, _d));
    }

    /// <summary>Adds such sums to the matrix and the right-hand side.</summary>
    public void AddSums(ReadOnlySpan<int> sums, float matrixScale, float rightScale)
    {
        int at = 0;
        for (int r = 0; r < _d; at += _d - r++)
            FixedPoint.AddTo(sums.Slice(at, _d - r), matrixScale, _matrix.Span.Slice((r * _padded) + r, _d - r));
        FixedPoint.AddTo(sums.Slice(at, _d), rightScale, _vectors.Span[.._d]);
    }

    /// <summary>Adds scale·v to the right-hand side.</summary>
    /// <param name="v">[d]</param>
    public void AddToRightSide(float scale, ReadOnlySpan<float> v) => Kernels.AddScaled(scale, v, _vectors.Span[.._d]);

    /// <summary>Solves what was collected; <see cref="Start(Matrix, float)"/> comes next.</summary>
    /// <param name="x">[d], overwritten.</param>
    /// <returns>x · (Σ t·y): the part of the right-hand side that x explains.</returns>
    /// <exception cref="InputException">The matrix is not positive definite.</exception>
    public double Solve(Span<float> x)
    {
        fixed (float* matrix = _matrix.Span, right = _vectors.Span)
        {
            if (!Cholesky.TrySolve(matrix, _padded, right, right + _padded))
                throw new InputException(
                    "A least-squares problem has no unique solution in single precision; use a larger Regularization.");
            new Span<float>(right + _padded, _d).CopyTo(x);
            return Kernels.Dot(_vectors.Span[.._padded], _vectors.Span[.._padded]);
        }
    }

    // matrix ← scale·v·vᵀ + ridge·I
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StartFrom<T>(float* matrix, float* v, float scale, float ridge) where T : struct, ISimd<T>
    {
        for (int r = 0; r < _padded; r++)
        {
            float* row = matrix + (r * _padded);
            T factor = T.Broadcast(scale * v[r]);
            // tiles read from the register that holds the diagonal
            for (int c = r / Syrk.Padding * Syrk.Padding; c < _padded; c += T.Count) T.Load(v + c).Times(factor).Store(row + c);
            row[r] += r < _d ? ridge : 1;
        }
    }

    // panel[n] ← scale[n]·source[n], right ← right + Σ target[n]·source[n]; four registers at a time, so that the sums stay in registers
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack<T>(float** sources, float* scales, float* targets, int count, float* panel, float* right) where T : struct, ISimd<T>
    {
        int c = 0;
        for (; c + (4 * T.Count) <= _d; c += 4 * T.Count)
        {
            T sum0 = T.Load(right + c), sum1 = T.Load(right + c + T.Count), sum2 = T.Load(right + c + (2 * T.Count)),
            sum3 = T.Load(right + c + (3 * T.Count));
            for (int n = 0; n < count; n++)
            {
                T scale = T.Broadcast(scales[n]), target = T.Broadcast(targets[n]);
                float* source = sources[n] + c, packed = panel + (n * _padded) + c;
                T y0 = T.Load(source), y1 = T.Load(source + T.Count), y2 = T.Load(source + (2 * T.Count)),
                    y3 = T.Load(source + (3 * T.Count));
                sum0 = sum0.Plus(target, y0); sum1 = sum1.Plus(target, y1); sum2 = sum2.Plus(target, y2); sum3 = sum3.Plus(target, y3);
                y0.Times(scale).Store(packed);
                y1.Times(scale).Store(packed + T.Count);
                y2.Times(scale).Store(packed + (2 * T.Count));
                y3.Times(scale).Store(packed + (3 * T.Count));
            }
            sum0.Store(right + c);
            sum1.Store(right + c + T.Count);
            sum2.Store(right + c + (2 * T.Count));
            sum3.Store(right + c + (3 * T.Count));
        }
        for (; c < _d; c++)
        {
            for (int n = 0; n < count; n++)
            {
                panel[(n * _padded) + c] = scales[n] * sources[n][c];
                right[c] += targets[n] * sources[n][c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(float* from, int stride, ReadOnlySpan<int> rows)
    {
        if (!Sse.IsSupported) return;
        foreach (int n in rows)
        {
            float* row = from + ((long)n * stride);
            for (int c = 0; c < _d; c += AlignedMemory.Alignment / sizeof(float)) Sse.Prefetch0(row + c);
        }
    }
}
