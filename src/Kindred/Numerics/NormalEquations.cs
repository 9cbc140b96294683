using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics;

/// <summary>
/// Collects and solves (G + λI + Σ w·y·yᵀ)·x = Σ t·y over gathered rows y: the inner problem of alternating least squares. Scratch memory of
/// one thread, used again for each right-hand side.
/// </summary>
/// <remarks>
/// Rows are scaled by √w into a packed panel of 64 and folded into the matrix by <see cref="Syrk"/>; d is padded to the register width.
/// Cost: d² a row, d³/3 + 2d² a solution.
/// </remarks>
internal sealed unsafe class NormalEquations
{
    private const int PanelRows = 64;

    // Rows that are asked for before the first one is needed: as many misses as a core can have under way.
    private const int PrefetchRows = 8;

    private readonly int _d, _padded;
    private readonly Memory<float> _matrix, _panel, _vectors;

    public NormalEquations(int dimensions)
    {
        _d = dimensions;
        _padded = (dimensions + Syrk.Padding - 1) / Syrk.Padding * Syrk.Padding;
        _matrix = AlignedMemory.Allocate<float>(_padded * _padded);
        _panel = AlignedMemory.Allocate<float>(PanelRows * _padded);
        _vectors = AlignedMemory.Allocate<float>(2 * _padded);
    }

    /// <summary>Forgets everything and starts from G + λI and a right-hand side of zeros.</summary>
    /// <param name="gram">[d, d]; the upper triangle is read.</param>
    public void Start(Matrix gram, float ridge)
    {
        var matrix = _matrix.Span;
        if (_padded == _d) gram.Values.Span.CopyTo(matrix);
        else
        {
            matrix.Clear();
            for (int r = 0; r < _d; r++) gram.Row(r).CopyTo(matrix.Slice(r * _padded, _d));
            for (int r = _d; r < _padded; r++) matrix[(r * _padded) + r] = 1; // the padding's own, independent equations
        }
        for (int r = 0; r < _d; r++) matrix[(r * _padded) + r] += ridge;
        _vectors.Span.Clear();
    }

    /// <summary>Adds w·y·yᵀ to the matrix and t·y to the right-hand side, for each chosen row y.</summary>
    /// <param name="y">[any, d]</param>
    /// <param name="rows">[n], which rows of <paramref name="y"/>.</param>
    /// <param name="weights">[n], w ≥ 0.</param>
    /// <param name="targets">[n], t.</param>
    public void Add(Matrix y, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<float> targets)
    {
        fixed (float* from = y.Values.Span, panel = _panel.Span, matrix = _matrix.Span, right = _vectors.Span)
        {
            Prefetch(from, rows, 0, PrefetchRows);
            for (int first = 0; first < rows.Length; first += PanelRows)
            {
                int count = Math.Min(PanelRows, rows.Length - first);
                for (int n = first; n < first + count; n++)
                {
                    float* source = from + ((long)rows[n] * _d), target = panel + ((n - first) * _padded);
                    if (first == 0) Prefetch(from, rows, n + PrefetchRows, 1);
                    if (Vector512.IsHardwareAccelerated) Pack<Simd512>(source, MathF.Sqrt(weights[n]), targets[n], target, right);
                    else Pack<SimdNative>(source, MathF.Sqrt(weights[n]), targets[n], target, right);
                }
                // the next panel comes from memory while this one is computed
                int rowsATime = Math.Max(1, PanelRows * Syrk.TileRows / _padded);
                for (int r = 0; r < _padded; r += Syrk.TileRows)
                {
                    Prefetch(from, rows, first + PanelRows + (r / Syrk.TileRows * rowsATime), rowsATime);
                    Syrk.AddTileRow(panel, count, _padded, r, matrix);
                }
            }
        }
    }

    /// <summary>Solves what was collected; <see cref="Start"/> comes next.</summary>
    /// <param name="x">[d], overwritten.</param>
    /// <returns>x · (Σ t·y): the part of the right-hand side that x explains.</returns>
    /// <exception cref="InputException">The matrix is not positive definite.</exception>
    public double Solve(Span<float> x)
    {
        fixed (float* matrix = _matrix.Span, right = _vectors.Span)
        {
            if (!Cholesky.TryFactor(matrix, _padded))
                throw new InputException("A least-squares problem has no unique solution in single precision; use a larger Regularization.");
            Cholesky.Solve(matrix, _padded, right, right + _padded);
            new Span<float>(right + _padded, _d).CopyTo(x);
            // what is left in b is y of Uᵀy = b, and b·x = |y|²
            return Kernels.Dot(_vectors.Span[.._padded], _vectors.Span[.._padded]);
        }
    }

    // target ← scale·source, right ← right + t·source
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Pack<T>(float* source, float scale, float t, float* target, float* right) where T : struct, ISimd<T>
    {
        T scales = T.Broadcast(scale), ts = T.Broadcast(t);
        int c = 0;
        for (; c + T.Count <= _d; c += T.Count)
        {
            T value = T.Load(source + c);
            value.Times(scales).Store(target + c);
            T.Load(right + c).Plus(value, ts).Store(right + c);
        }
        for (; c < _d; c++)
        {
            target[c] = source[c] * scale;
            right[c] += source[c] * t;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(float* from, ReadOnlySpan<int> rows, int first, int count)
    {
        if (!Sse.IsSupported) return;
        int end = Math.Min(rows.Length, first + count);
        for (int n = first; n < end; n++)
        {
            float* row = from + ((long)rows[n] * _d);
            for (int c = 0; c < _d; c += AlignedMemory.Alignment / sizeof(float)) Sse.Prefetch0(row + c);
        }
    }
}
