using CsCheck;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Diversity;

namespace Kindred.Tests.Reranking;

public sealed class DeterminantalDiversityTests
{
    /// <summary>0 and 1 point one way, 2 at a right angle, 3 the opposite way.</summary>
    private static readonly EmbeddingSimilarity Directions = new(new Matrix(4, 2, new float[] { 1, 0, 2, 0, 0, 3, -1, 0 }));

    /// <summary>
    /// S is 1 for items 0 and 1, 1/2 at a right angle, 0 for opposites. θ = 0: after 0 the opposite has d² = 1, the right angle 3/4; after
    /// both the right angle has 1 − 1/4 − 1/4, what is equal to 0 nothing.
    /// </summary>
    [Fact]
    public void What_spans_most_is_next() =>
        Assert.Equal([0, 3, 2, 1], Lists.After(new DeterminantalDiversity { RelevanceShare = 0 }.Bind(Directions), Lists.Of(4, 3, 2, 1)));

    /// <summary>θ = 1/2: item 2 gains relevance 1/3 + log 3/4 = .046, item 3 gains 0 + 0; at .4: .4/3 + .6·log 3/4 = −.039.</summary>
    [Fact]
    public void Relevance_is_weighed_against_it()
    {
        Assert.Equal([0, 2, 3, 1], Lists.After(new DeterminantalDiversity { RelevanceShare = .5f }.Bind(Directions), Lists.Of(4, 3, 2, 1)));
        Assert.Equal([0, 3, 2, 1], Lists.After(new DeterminantalDiversity { RelevanceShare = .4f }.Bind(Directions), Lists.Of(4, 3, 2, 1)));
    }

    [Fact]
    public void Those_that_are_not_chosen_follow_in_their_order_and_scores_stay()
    {
        var candidates = Lists.Of(4, 3, 2, 1);
        Assert.Equal([0, 3, 1, 2], Lists.After(new DeterminantalDiversity { RelevanceShare = 0, Count = 2 }.Bind(Directions), candidates));
        Assert.Equal([4, 1, 3, 2], candidates.Scores.ToArray());
        Assert.Equal([], Lists.After(new DeterminantalDiversity().Bind(Directions), Lists.Of()));
    }

    /// <summary>
    /// d = 3 dimensions span S by 4 directions at most, with the constant of (1 + cosine) / 2: the list ends where nothing more is spanned.
    /// </summary>
    [Fact]
    public void Every_choice_makes_the_determinant_of_the_kernel_largest() => Gen.Int[0, 10_000].Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        int items = 1 + rng.NextInt(7);
        float share = rng.NextFloat() * .9f;
        IItemSimilarity similarity = rng.NextInt(2) == 0
            ? new EmbeddingSimilarity(Lists.Embeddings(rng, items, 3))
            : new LabelSimilarity(Lists.Labels(rng, items, 4, 3));
        float[] scores = Lists.Scores(rng, items);
        var list = Lists.After(new DeterminantalDiversity { RelevanceShare = share }.Bind(similarity), Lists.Of(scores));
        Assert.Equal(items, list.Distinct().Count());
        for (int n = 0; n < items; n++)
        {
            double[] determinants = [.. list.AsEnumerable().Skip(n).Select(item => Determinant([.. list[..n], item]))];
            double above = n == 0 ? 1 : Determinant(list[..n]);
            double loosest = determinants.Max() / above;
            if (loosest < 1e-4) break; // nothing is spanned any more but by rounding
            Assert.True(determinants[0] >= determinants.Max() * (1 - 1e-3), $"{n} of {items}: {determinants[0]} {determinants.Max()}");
        }

        double Determinant(int[] some)
        {
            var kernel = new double[some.Length, some.Length];
            for (int n = 0; n < some.Length; n++)
            {
                var similarities = new float[some.Length];
                similarity.Compare(some[n], some, similarities);
                for (int m = 0; m < some.Length; m++)
                {
                    double s = n == m ? 1 : (similarities[m] - similarity.Lowest) / (1 - similarity.Lowest);
                    kernel[n, m] = Quality(some[n]) * s * Quality(some[m]);
                }
            }
            return Of(kernel);
        }

        double Quality(int item)
        {
            double relevance = scores.Max() == scores.Min() ? 1 : (scores[item] - scores.Min()) / (scores.Max() - scores.Min());
            return Math.Exp(relevance * share / (2 * (1 - share)));
        }
    });

    // By Gaussian elimination, without pivots: the kernel has none that is negative.
    private static double Of(double[,] a)
    {
        double determinant = 1;
        for (int n = 0; n < a.GetLength(0); n++)
        {
            determinant *= a[n, n];
            if (a[n, n] <= 0) return 0;
            for (int r = n + 1; r < a.GetLength(0); r++)
                for (int c = a.GetLength(0) - 1; c >= n; c--) a[r, c] -= a[r, n] / a[n, n] * a[n, c];
        }
        return determinant;
    }

    [Fact]
    public void Options_out_of_their_bounds_are_refused()
    {
        Assert.Equal("relevanceShare must be 0 to 1, was -1.",
            Assert.Throws<InputException>(() => new DeterminantalDiversity { RelevanceShare = -1 }.Bind(Directions)).Message);
        Assert.Equal("count must be 1 to 10,000, was -3.",
            Assert.Throws<InputException>(() => new DeterminantalDiversity { Count = -3 }.Bind(Directions)).Message);
    }
}
