using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Neighbours;

/// <summary>Of each item the most similar ones, best first: two slices are one look-up. Immutable; may be mapped from a file.</summary>
/// <param name="starts">[items + 1]</param>
/// <param name="neighbours">[starts[items]]</param>
/// <param name="similarities">[starts[items]], &gt; 0</param>
internal sealed class SimilarityTable(ReadOnlyMemory<int> starts, ReadOnlyMemory<int> neighbours, ReadOnlyMemory<float> similarities)
{
    public int Items => starts.Length - 1;

    /// <summary>Pairs that are kept.</summary>
    public int Count => neighbours.Length;

    /// <returns>The neighbours of an item, best first.</returns>
    public ReadOnlySpan<int> NeighboursOf(int item) => neighbours.Span[starts.Span[item]..starts.Span[item + 1]];

    /// <returns>The similarities of the neighbours of an item, best first.</returns>
    public ReadOnlySpan<float> SimilaritiesOf(int item) => similarities.Span[starts.Span[item]..starts.Span[item + 1]];

    /// <summary>Adds weight · similarity to the score of each neighbour. Cost: one addition for each.</summary>
    /// <param name="scores">[items]</param>
    public void AddRow(int item, float weight, Span<float> scores) =>
        Kernels.AddScaledAt(weight, NeighboursOf(item), SimilaritiesOf(item), scores);

    /// <summary>Adds the rows of several items, each with its weight; what the next ones need is asked of the memory ahead.</summary>
    /// <param name="items">[any]</param>
    /// <param name="weights">[items]</param>
    /// <param name="scores">[items of the table]</param>
    internal void AddRows(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, Span<float> scores)
    {
        const int Ahead = 2;
        ReadOnlySpan<int> bounds = starts.Span, near = neighbours.Span;
        var similar = similarities.Span;
        for (int n = 0; n < items.Length; n++)
        {
            if (n + Ahead < items.Length)
            {
                int next = items[n + Ahead], start = bounds[next], length = bounds[next + 1] - start;
                Kernels.Prefetch(near.Slice(start, length));
                Kernels.Prefetch(similar.Slice(start, length));
            }
            int first = bounds[items[n]], count = bounds[items[n] + 1] - first;
            Kernels.AddScaledAt(weights[n], near.Slice(first, count), similar.Slice(first, count), scores);
        }
    }

    /// <returns>How similar <paramref name="other"/> is to the item; 0 where it is not among its neighbours.</returns>
    public float Of(int item, int other)
    {
        int place = NeighboursOf(item).IndexOf(other);
        return place < 0 ? 0 : SimilaritiesOf(item)[place];
    }

    /// <param name="rowOf">The <see cref="SortKeys"/> of an item's neighbours, best first.</param>
    internal static SimilarityTable From(int items, Func<int, ReadOnlyMemory<ulong>> rowOf)
    {
        var starts = new int[items + 1];
        for (int item = 0; item < items; item++) starts[item + 1] = checked(starts[item] + rowOf(item).Length);
        var neighbours = new int[starts[^1]];
        var similarities = new float[starts[^1]];
        for (int item = 0; item < items; item++)
        {
            int place = starts[item];
            foreach (ulong key in rowOf(item).Span)
                (neighbours[place], similarities[place++]) = (SortKeys.NumberOf(key), SortKeys.ScoreOf(key));
        }
        return new(starts, neighbours, similarities);
    }

    /// <returns>A row for <see cref="From"/>.</returns>
    internal static ulong[] RowOf(ReadOnlySpan<int> neighbours, ReadOnlySpan<float> similarities)
    {
        var row = new ulong[neighbours.Length];
        for (int n = 0; n < row.Length; n++) row[n] = SortKeys.Of(similarities[n], neighbours[n]);
        return row;
    }

    internal void Save(TensorWriter writer)
    {
        writer.Add("starts", starts);
        writer.Add("neighbours", neighbours);
        writer.Add("similarities", similarities);
    }

    internal static SimilarityTable Load(TensorFile file) =>
        new(file.Array<int>("starts"), file.Array<int>("neighbours"), file.Array<float>("similarities"));
}
