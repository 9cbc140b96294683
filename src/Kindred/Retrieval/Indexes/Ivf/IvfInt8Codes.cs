using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>Differences in 8 bits a number, with a scale for each.</summary>
/// <param name="Differences">[count, d], in the order of the lists.</param>
internal sealed record IvfInt8Codes(IvfLists Lists, Int8Rows Differences) : IIvfCodes
{
    public long Bytes => Differences.Codes.Length + (Differences.Scales.Length * sizeof(float));

    public IIvfScan CreateScan() => new Scan(this);

    public void Save(TensorWriter writer)
    {
        writer.Add("codes", Differences.Codes);
        writer.Add("scales", Differences.Scales);
    }

    public static IvfInt8Codes Load(TensorFile file, IvfLists lists, IndexVectors vectors) =>
        new(lists, new(vectors.Count, vectors.Dimensions, file.Array<sbyte>("codes"), file.Array<float>("scales")));

    public static IvfInt8Codes Encode(IndexVectors vectors, IvfLists lists, IndexContext context, Action<int> done)
    {
        var differences = new Int8Rows(vectors.Count, vectors.Dimensions);
        Blocks.ForEach(lists.Count, 1, context.Workers, () => new float[2 * vectors.Dimensions], (_, list, _, scratch) =>
        {
            Span<float> centroid = scratch.AsSpan(0, vectors.Dimensions), difference = scratch.AsSpan(vectors.Dimensions);
            lists.CopyCentroid(list, centroid);
            for (int row = lists.Starts.Span[list]; row < lists.Starts.Span[list + 1]; row++)
            {
                vectors.Rows.Row(row).CopyTo(difference);
                Kernels.AddScaled(-1, centroid, difference);
                differences.Set(row, difference);
            }
            done(lists.SizeOf(list));
        }, context.Cancellation);
        return new(lists, differences);
    }

    private sealed class Scan(IvfInt8Codes codes) : IIvfScan
    {
        private const int BlockRows = 512;

        private readonly Int8Rows.Query _query = new(codes.Differences.Dimensions);
        private readonly float[] _scores = new float[BlockRows];

        public void Set(ReadOnlySpan<float> query) => _query.Set(query);

        public void Prefetch(int list)
        {
            const int Rows = 8;
            int first = codes.Lists.Starts.Span[list], end = codes.Lists.Starts.Span[list + 1];
            for (int row = first; row < Math.Min(end, first + Rows); row++) codes.Differences.Prefetch(row);
        }

        public void Offer(int list, float product, RowTopK best)
        {
            int end = codes.Lists.Starts.Span[list + 1];
            for (int first = codes.Lists.Starts.Span[list]; first < end; first += BlockRows)
            {
                var scores = _scores.AsSpan(0, Math.Min(BlockRows, end - first));
                codes.Differences.Multiply(_query, first, scores);
                best.OfferAll(scores, product, first);
            }
        }
    }
}
