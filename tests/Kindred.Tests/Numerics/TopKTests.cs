using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class TopKTests
{
    private static (int[] Indices, float[] Scores) Best(float[] scores, int k)
    {
        int[] indices = new int[k];
        var best = new float[k];
        var top = new TopK(indices, best);
        top.OfferAll(scores);
        top.Sort();
        return (indices[..top.Count], best[..top.Count]);
    }

    [Fact]
    public void Best_first_ties_to_the_lower_index_and_never_nan()
    {
        var (indices, scores) = Best([1, float.NaN, 3, 2, 3, float.NegativeInfinity], 4);
        Assert.Equal([2, 4, 3, 0], indices);
        Assert.Equal([3, 3, 2, 1], scores);
    }

    [Fact]
    public void It_equals_a_full_sort()
    {
        // few distinct scores, so that ties are common; some are NaN
        var score = Gen.Int[-3, 12].Select(n => n > 10 ? float.NaN : n);
        Gen.Select(score.Array[0, 300], Gen.Int[0, 40]).Sample((scores, k) =>
        {
            int[] expected = [.. Enumerable.Range(0, scores.Length).Where(n => !float.IsNaN(scores[n])).OrderByDescending(n => scores[n])
                .ThenBy(n => n).Take(k)];
            Assert.Equal(expected, Best(scores, k).Indices);
        });
    }

    [Fact]
    public void Offering_in_pieces_equals_offering_at_once()
    {
        var scores = Reference.Random(1, 500, 3).Row(0).ToArray();
        int[] indices = new int[10];
        var best = new float[10];
        var top = new TopK(indices, best);
        top.OfferAll(scores.AsSpan(0, 123));
        top.OfferAll(scores.AsSpan(123), first: 123);
        top.Sort();
        Assert.Equal(Best(scores, 10).Indices, indices);
    }
}
