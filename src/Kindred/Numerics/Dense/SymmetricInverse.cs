using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kindred.Numerics.Search;

namespace Kindred.Numerics.Dense;

/// <summary>
/// The inverse of a large symmetric positive definite matrix, in its own memory, by sweeping one block of rows after another.
/// J. H. Goodnight, "A Tutorial on the SWEEP Operator", The American Statistician 1979, here with blocks in place of single pivots.
/// </summary>
/// <remarks>
///   sweep k, P = A(k, k)⁻¹, i, j ≠ k:  A(i, j) ← A(i, j) − A(i, k)·P·A(k, j),  A(i, k) ← A(i, k)·P,  A(k, k) ← −P
/// keeps A symmetric, so that its lower triangle is enough, and leaves −A⁻¹ when every block was swept. It costs rows³ flops, as much as
/// A = LLᵀ, L⁻¹ and L⁻ᵀL⁻¹ in turn, and is one pass instead of three: all of it but rows/192 small inverses is products of tiles that do
/// not depend on each other. The block's column, times 1 and times −P, is packed once a sweep for <see cref="InnerProductTile"/>.
/// A tile is written by one thread a sweep: the same bits at any number of workers.
/// </remarks>
internal sealed unsafe class SymmetricInverse
{
    private const int Edge = TiledSymmetric.Edge, TileFloats = Edge * Edge, Group = InnerProductTile.Queries;

    // Tiles that one worker takes at a time: neighbours in a row of tiles, whose left factor stays in its cache.
    private const int BlockTiles = 4;

    private readonly TiledSymmetric _a;

    // [tile rows, Edge / 8, Edge, 8], [tile rows, Edge / width, Edge, width], [Edge / 8, Edge, 8]
    private readonly float* _left, _right, _pivot;

    // what the pointers point into: pinned, but something has to hold it
    private readonly Memory<float>[] _memory;

    private SymmetricInverse(TiledSymmetric a)
    {
        _a = a;
        int panel = checked(a.TileRows * TileFloats);
        _memory = [AlignedMemory.Allocate<float>(panel), AlignedMemory.Allocate<float>(panel), AlignedMemory.Allocate<float>(TileFloats)];
        _left = Start(_memory[0]);
        _right = Start(_memory[1]);
        _pivot = Start(_memory[2]);
    }

    /// <returns>Bytes beside the matrix itself.</returns>
    public static long ScratchBytesOf(int rows) => 2L * Blocks.Count(rows, Edge) * TileFloats * sizeof(float);

    /// <summary>A ← −A⁻¹</summary>
    /// <param name="swept">Told after each row of tiles how many are done.</param>
    /// <returns>False when A is not positive definite in single precision; what is in A then is unspecified.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static bool TryNegate(TiledSymmetric a, int workers, Action<int>? swept, CancellationToken cancellation)
    {
        var inverse = new SymmetricInverse(a);
        return Vector512.IsHardwareAccelerated
            ? inverse.TryNegate<Simd512>(workers, swept, cancellation)
            : inverse.TryNegate<SimdNative>(workers, swept, cancellation);
    }

    private bool TryNegate<T>(int workers, Action<int>? swept, CancellationToken cancellation) where T : struct, ISimd<T>
    {
        Scratch[] scratch = [.. Enumerable.Range(0, workers).Select(_ => new Scratch())];
        for (int k = 0; k < _a.TileRows; k++)
        {
            int block = k, sweeping = 0, adding = 0;
            float* pivot = _a.Tile(k, k);
            if (!TryInvert<T>(pivot)) return false;
            Pack(pivot, Group, _pivot);
            Blocks.ForEach(_a.TileRows, 1, workers, () => scratch[Interlocked.Increment(ref sweeping) - 1], (_, row, _, own) =>
            {
                if (row != block) SweepColumn<T>(row, block, own);
            }, cancellation);
            Blocks.ForEach(_a.Tiles, BlockTiles, workers, () => scratch[Interlocked.Increment(ref adding) - 1], (_, first, end, own) =>
            {
                for (int tile = first; tile < end; tile++)
                {
                    var (row, column) = TiledSymmetric.PositionOf(tile);
                    if (row != block && column != block) AddProduct<T>(row, column, own.Product);
                }
            }, cancellation);

            foreach (ref float value in _a.ValuesOf(k, k)) value = -value;
            swept?.Invoke(k + 1);
        }
        GC.KeepAlive(_memory);
        return true;
    }

    // tile ← tile⁻¹ by Gauss-Jordan elimination, which needs no pivoting where the matrix is positive definite
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryInvert<T>(float* tile) where T : struct, ISimd<T>
    {
        for (int p = 0; p < Edge; p++)
        {
            float* row = tile + (p * Edge);
            float pivot = row[p];
            if (!(pivot > 0) || !float.IsFinite(pivot)) return false;
            row[p] = 1;
            T scale = T.Broadcast(1 / pivot);
            for (int c = 0; c < Edge; c += T.Count) T.Load(row + c).Times(scale).Store(row + c);
            for (int r = 0; r < Edge; r++)
            {
                if (r == p) continue;
                float* other = tile + (r * Edge);
                T factor = T.Broadcast(other[p]);
                other[p] = 0;
                for (int c = 0; c < Edge; c += T.Count) T.Load(other + c).Minus(factor, T.Load(row + c)).Store(other + c);
            }
        }
        return true;
    }

    // [Edge, Edge] as [Edge / width, Edge, width]
    private static void Pack(float* tile, int width, float* packed)
    {
        for (int c = 0; c < Edge; c += width)
            for (int r = 0; r < Edge; r++, packed += width)
                new ReadOnlySpan<float>(tile + (r * Edge) + c, width).CopyTo(new(packed, width));
    }

    // A(k, row) is packed as it is, then multiplied by P, packed with the sign of what will be subtracted, and written back.
    private void SweepColumn<T>(int row, int k, Scratch scratch) where T : struct, ISimd<T>
    {
        // below the diagonal the tile is there as its transpose
        float* tile = row < k ? _a.Tile(k, row) : scratch.Transposed;
        if (row > k) Transpose(_a.Tile(row, k), tile);
        Pack(tile, Group, _left + ((long)row * TileFloats));
        Pack(tile, InnerProductTile.Rows, scratch.Packed);

        int width = InnerProductTile.Rows;
        T minus = T.Broadcast(-1);
        for (int c = 0; c < Edge; c += width)
        {
            float* right = _right + ((long)row * TileFloats) + (c * Edge);
            for (int r = 0; r < Edge; r += Group)
            {
                InnerProductTile.Multiply<T>(_pivot + (r * Edge), Group, scratch.Packed + (c * Edge), Edge, scratch.Product);
                float* product = scratch.Product, target = tile + (r * Edge) + c;
                for (int n = 0; n < Group; n++, target += Edge)
                {
                    for (int e = 0; e < width; e += T.Count, product += T.Count, right += T.Count)
                    {
                        var value = T.Load(product);
                        value.Store(target + e);
                        value.Times(minus).Store(right);
                    }
                }
            }
        }
        if (row > k) Transpose(tile, _a.Tile(row, k));
    }

    private static void Transpose(float* from, float* to)
    {
        for (int r = 0; r < Edge; r += Group)
            for (int c = 0; c < Edge; c++)
                for (int n = 0; n < Group; n++) to[(c * Edge) + r + n] = from[((r + n) * Edge) + c];
    }

    // A(row, column) += left(row)·right(column)ᵀ
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddProduct<T>(int row, int column, float* product) where T : struct, ISimd<T>
    {
        int width = InnerProductTile.Rows;
        float* left = _left + ((long)row * TileFloats), right = _right + ((long)column * TileFloats), tile = _a.Tile(row, column);
        T one = T.Broadcast(1);
        for (int c = 0; c < Edge; c += width)
        {
            for (int r = 0; r < Edge; r += Group)
            {
                float* target = tile + (r * Edge) + c;
                Prefetch(target, width);
                InnerProductTile.Multiply<T>(left + (r * Edge), Group, right + (c * Edge), Edge, product);
                float* sum = product;
                for (int n = 0; n < Group; n++, target += Edge, sum += width)
                    for (int e = 0; e < width; e += T.Count) T.Load(target + e).Plus(T.Load(sum + e), one).Store(target + e);
            }
        }
    }

    // the tile's part comes from memory while its product is computed
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* target, int width)
    {
        if (!Sse.IsSupported) return;
        for (int n = 0; n < Group; n++, target += Edge)
            for (int e = 0; e < width; e += AlignedMemory.Alignment / sizeof(float)) Sse.Prefetch0(target + e);
    }

    private static float* Start(Memory<float> pinned) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pinned.Span));

    /// <summary>What one thread needs.</summary>
    private sealed class Scratch
    {
        private readonly Memory<float> _memory = AlignedMemory.Allocate<float>((2 * TileFloats) + (Group * InnerProductTile.Rows));

        /// <summary>[Edge, Edge]</summary>
        public float* Transposed => Start(_memory);

        /// <summary>[Edge / width, Edge, width]</summary>
        public float* Packed => Transposed + TileFloats;

        /// <summary>[8, width]</summary>
        public float* Product => Packed + TileFloats;
    }
}
