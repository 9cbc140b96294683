using System.Numerics;
using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>
/// Differences in 4 bits for each sub-space. Those of a block of 32, of a list, are about equally long, as lists are in that order: they
/// are divided by the block's scale before they are coded, so that the same codewords serve long ones and short ones.
/// </summary>
/// <param name="Codes">The blocks of list n are [FirstBlocks[n], FirstBlocks[n + 1]); its last one may not be full.</param>
/// <param name="Scales">[blocks], the root mean square of the lengths of the differences.</param>
/// <param name="FirstBlocks">[lists + 1]</param>
internal sealed record IvfProductCodes(
    IvfLists Lists, ProductCodebooks Codebooks, Int4Rows Codes, ReadOnlyMemory<float> Scales, int[] FirstBlocks) : IIvfCodes
{
    private const int BlockRows = Int4Rows.BlockRows;

    public long Bytes => Codes.Codes.Length + ((Scales.Length + Codebooks.Values.Length + FirstBlocks.Length) * sizeof(float));

    public IIvfScan CreateScan() => new Scan(this);

    public void Save(TensorWriter writer)
    {
        writer.Add("codewords", Codebooks.Values, Codebooks.Subspaces, Codebooks.SubspaceDimensions, Int4Rows.Codewords);
        writer.Add("codes", Codes.Codes);
        writer.Add("scales", Scales);
        writer.AddText("subspace dimensions", Codebooks.SubspaceDimensions.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public static IvfProductCodes Load(TensorFile file, IvfLists lists, IndexVectors vectors)
    {
        int size = int.Parse(file.Text("subspace dimensions"), System.Globalization.CultureInfo.InvariantCulture);
        var codebooks = new ProductCodebooks(vectors.Dimensions, size, file.Array<float>("codewords"));
        int[] firstBlocks = FirstBlocksOf(lists);
        return new(
            lists, codebooks, new(firstBlocks[^1], codebooks.Subspaces, file.Array<byte>("codes")), file.Array<float>("scales"),
            firstBlocks);
    }

    /// <returns>[lists + 1]</returns>
    public static int[] FirstBlocksOf(IvfLists lists)
    {
        var blocks = new int[lists.Count + 1];
        for (int list = 0; list < lists.Count; list++) blocks[list + 1] = blocks[list] + Blocks.Count(lists.SizeOf(list), BlockRows);
        return blocks;
    }

    private sealed class Scan(IvfProductCodes codes) : IIvfScan
    {
        private const int BlocksTogether = 64;

        /// <summary>A block whose mean is so many standard deviations below the bar is passed over.</summary>
        private const float Deviations = 4.5f;

        private readonly Int4Rows.Tables _tables = new(codes.Codebooks.Subspaces);
        private readonly float[] _products = new float[codes.Codebooks.Subspaces * Int4Rows.Codewords];
        private readonly int[] _bars = new int[BlocksTogether];
        private readonly ushort[] _sums = new ushort[BlocksTogether * BlockRows];
        private readonly uint[] _passed = new uint[BlocksTogether];
        private float _most; // a sum that is not to be expected

        public void Set(ReadOnlySpan<float> query)
        {
            codes.Codebooks.Multiply(query, _products);
            _tables.Set(_products);
            _most = Deviations * MathF.Sqrt(Kernels.Dot(_products, _products) / Int4Rows.Codewords);
        }

        public void Prefetch(int list)
        {
            if (codes.FirstBlocks[list] < codes.FirstBlocks[list + 1]) codes.Codes.Prefetch(codes.FirstBlocks[list]);
        }

        public void Offer(int list, float product, RowTopK best)
        {
            int row = codes.Lists.Starts.Span[list], end = codes.Lists.Starts.Span[list + 1];
            for (int first = codes.FirstBlocks[list]; row < end; first += BlocksTogether, row += BlocksTogether * BlockRows)
            {
                int count = Math.Min(BlocksTogether, codes.FirstBlocks[list + 1] - first);
                var scales = codes.Scales.Span.Slice(first, count);
                for (int n = 0; n < count; n++) _bars[n] = BarOf((best.Bar - product) / scales[n]);
                codes.Codes.Sum(_tables, first, _bars.AsSpan(0, count), _sums, _passed);
                for (int n = 0; n < count; n++)
                {
                    uint passed = _passed[n];
                    int rows = end - row - (n * BlockRows);
                    if (rows < BlockRows) passed &= (1u << rows) - 1;
                    if (passed != 0)
                        Offer(passed, n, row + (n * BlockRows), product + (scales[n] * _tables.Offset), scales[n] * _tables.Step, best);
                }
            }
        }

        private void Offer(uint passed, int block, int first, float offset, float step, RowTopK best)
        {
            var sums = _sums.AsSpan(block * BlockRows, BlockRows);
            for (; passed != 0; passed &= passed - 1)
            {
                int lane = BitOperations.TrailingZeroCount(passed);
                best.Offer(first + lane, offset + (step * sums[lane]));
            }
        }

        // the sum that stands for a score of the difference; one that none reaches where none is to be expected to
        private int BarOf(float score) =>
            score > _most ? int.MaxValue : (int)MathF.Ceiling(Math.Max(0, (score - _tables.Offset) / _tables.Step));
    }
}
