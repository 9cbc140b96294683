using Kindred.Pipelines;
using Kindred.Storage;

namespace Kindred;

/// <summary>The lists of all users of a partition, as one process keeps them for another one.</summary>
/// <param name="lengths">[users]</param>
/// <param name="items">[all lists], one list after the other, best first.</param>
/// <param name="scores">[items]</param>
internal sealed class PartitionLists(ReadOnlyMemory<int> lengths, ReadOnlyMemory<int> items, ReadOnlyMemory<float> scores)
{
    /// <summary>Asks for the lists of users [0, <paramref name="users"/>).</summary>
    public static PartitionLists Of(
        Recommender recommender, int users, RecommendRequest request, int workers, CancellationToken cancellation)
    {
        var blocks = new (int[] Lengths, int[] Items, float[] Scores)[RecommendedLists.BlocksFor(users)];
        recommender.RecommendAll(request, [.. Enumerable.Range(0, users)], workers, () => 0, (block, _, lists, _) =>
        {
            int[] of = [.. Enumerable.Range(0, lists.Count).Select(n => lists.ItemsOf(n).Length)];
            (int[] items, float[] scores) = (new int[of.Sum()], new float[of.Sum()]);
            for (int n = 0, place = 0; n < of.Length; place += of[n++])
            {
                lists.ItemsOf(n).CopyTo(items.AsSpan(place));
                lists.ScoresOf(n).CopyTo(scores.AsSpan(place));
            }
            blocks[block] = (of, items, scores);
        }, cancellation);
        return new(blocks.SelectMany(block => block.Lengths).ToArray(), blocks.SelectMany(block => block.Items).ToArray(),
            blocks.SelectMany(block => block.Scores).ToArray());
    }

    public static PartitionLists Load(TensorFile file) =>
        new(file.Array<int>("lengths"), file.Array<int>("items"), file.Array<float>("scores"));

    public void Save(TensorWriter writer)
    {
        writer.Add("lengths", lengths);
        writer.Add("items", items);
        writer.Add("scores", scores);
    }

    /// <summary>Goes through them in the blocks that a recommender answers in.</summary>
    public void ForEachBlock(Action<int, int, RankedLists> read)
    {
        int place = 0, first = 0;
        var lists = new RankedLists();
        for (int block = 0; block < RecommendedLists.BlocksFor(lengths.Length); block++)
        {
            var of = lengths.Span[first..Math.Min(lengths.Length, first + RecommendedLists.BlockUsers)];
            lists.Reset(of.Length, of.Length == 0 ? 0 : MaxOf(of));
            for (int n = 0; n < of.Length; place += of[n++]) lists.Add(n, items.Span.Slice(place, of[n]), scores.Span.Slice(place, of[n]));
            read(block, first, lists);
            first += of.Length;
        }
    }

    private static int MaxOf(ReadOnlySpan<int> lengths)
    {
        int longest = 0;
        foreach (int length in lengths) longest = Math.Max(longest, length);
        return longest;
    }
}
