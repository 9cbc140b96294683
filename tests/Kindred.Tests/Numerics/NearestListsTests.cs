using CsCheck;
using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Tests.Numerics;

public sealed class NearestListsTests
{
    [Fact]
    public void Lists_are_the_best_in_any_order_of_offers() =>
        Gen.Int[0, 9].Array[0, 200].Select(Gen.ULong, Gen.Int[1, 8]).Sample((scores, seed, k) =>
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        new Rng(seed).Shuffle<int>(order);
        var lists = new NearestLists(2, k, 2);
        Parallel.ForEach(order, new ParallelOptions { MaxDegreeOfParallelism = 4 }, n => lists.Offer(1, n, scores[n]));
        lists.Sort(0);
        lists.Sort(1);
        var expected = Enumerable.Range(0, scores.Length).Where(n => scores[n] >= 2).OrderByDescending(n => scores[n]).ThenBy(n => n)
            .Take(k).ToArray();
        Assert.Equal(expected, lists.Of(1).ToArray().Select(SortKeys.NumberOf));
        Assert.Equal(expected.Select(n => (float)scores[n]), lists.Of(1).ToArray().Select(SortKeys.ScoreOf));
        Assert.Equal(0, lists.Of(0).Length);
        Assert.InRange(lists.Thresholds[1], 2, expected.Length == k ? scores[expected[^1]] : 2);
    });

    [Fact]
    public void Quotients_offered_by_vectors_are_those_computed_one_by_one() =>
        Gen.ULong.Select(Gen.Int[1, 70], Gen.Bool, Gen.Int[1, 5]).Sample((seed, columns, symmetric, k) =>
    {
        var rng = new Rng(seed);
        float[] Random() => [.. Enumerable.Range(0, columns).Select(_ => 1 + rng.NextFloat())];
        float[] a = Random(), c = Random(), b = symmetric ? a : Random(), d = symmetric ? c : Random();
        var quotients = new Quotients(a, b, c, d, .5f, .25f);
        int[] names = [.. Enumerable.Range(0, columns).Select(n => n + 100)];
        NearestLists fast = new(columns, k, 0), plain = new(columns, k, 0);
        for (int i = 0; i < columns; i++)
        {
            float[] sums = [.. Enumerable.Range(0, i).Select(_ => rng.NextInt(3) == 0 ? 0 : rng.NextFloat() - .2f)];
            for (int j = 0; j < i; j++)
            {
                if (!(sums[j] > 0)) continue;
                Assert.Equal(sums[j] / ((a[i] * b[j]) + c[i] + d[j] - (.5f * sums[j]) + .25f), quotients.Of(i, j, sums[j]), 1e-5f);
                Assert.Equal(quotients.Of(i, j, sums[j]), quotients.Of(a[i], c[i], j, sums[j]));
                plain.Offer(i, names[j], quotients.Of(i, j, sums[j]));
                plain.Offer(j, names[i], quotients.Of(j, i, sums[j]));
            }
            quotients.OfferBefore(i, sums, fast, names);
            Assert.All(sums, sum => Assert.Equal(0, sum));
        }
        for (int i = 0; i < columns; i++)
        {
            fast.Sort(i);
            plain.Sort(i);
            Assert.Equal(plain.Of(i).ToArray(), fast.Of(i).ToArray());
        }
    });

    [Fact]
    public void Scattered_additions_add_in_order() => Gen.Int[0, 9].Array[0, 30].Sample(places =>
    {
        float[] x = [.. places.Select((_, n) => n + 1f)], y = new float[10], expected = new float[10];
        for (int n = 0; n < places.Length; n++) expected[places[n]] += 2 * x[n];
        Kernels.AddScaledAt(2, places, x, y);
        Assert.Equal(expected, y);
        Assert.Throws<ArgumentException>(() => Kernels.AddScaledAt(2, places, new float[places.Length + 1], y));
        Assert.Throws<IndexOutOfRangeException>(() => Kernels.AddScaledAt(2, [10], [1], y));
    });

    [Fact]
    public void Zeros_are_replaced_and_nothing_else() => Gen.Int[-1, 1].Array[0, 70].Sample(values =>
    {
        float[] actual = [.. values.Select(v => (float)v)];
        Kernels.ReplaceZeros(actual, float.NaN);
        Assert.Equal(values.Select(v => v == 0 ? float.NaN : v), actual);
    });
}
