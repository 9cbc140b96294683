using Kindred.Numerics;

namespace Kindred.Partitions;

/// <summary>How many users have each item, and the sum of their confidences: once, before the first epoch.</summary>
internal sealed class CountStep(AlsItems items) : IItemStep
{
    // Confidences are rounded up to whole parts, and their sums cut in two, so that they are whole numbers within an int.
    private const double Parts = 1024;
    private const int LowBits = 20;

    public int Width => 3;

    /// <summary>[items, 3]: the sums, whose bits the floats carry.</summary>
    public Matrix Table { get; } = new(items.Y.Rows, 3);

    public void Add(AlsPartition partition, int first, int end, Span<int> sums)
    {
        for (int item = first; item < end; item++)
        {
            var row = partition.ByItem.Row(item);
            var sum = sums.Slice((item - first) * Width, Width);
            long confidences = 0;
            foreach (float weight in row.Values)
                confidences += (long)Math.Ceiling(Parts * (items.Options.ConfidenceScale == 0 ? 1 : items.Options.ConfidenceOf(weight)));
            sum[0] += row.Length;
            sum[1] += (int)(confidences >> LowBits);
            sum[2] += (int)(confidences & ((1 << LowBits) - 1));
        }
    }

    public void Finish(int first, int end, ReadOnlySpan<int> sums)
    {
        for (int n = 0; n < sums.Length; n++) Table.Values.Span[(first * Width) + n] = BitConverter.Int32BitsToSingle(sums[n]);
    }

    /// <summary>Hands the whole table on, once all rows of it are there; then all options are known.</summary>
    public void Apply()
    {
        var values = Table.Values.Span;
        for (int item = 0; item < items.Counts.Length; item++)
        {
            int At(int column, Span<float> from) => BitConverter.SingleToInt32Bits(from[(item * Width) + column]);
            items.Counts[item] = At(0, values);
            items.Confidences[item] = (((long)At(1, values) << LowBits) + At(2, values)) / Parts;
        }
        items.Resolve();
    }
}
