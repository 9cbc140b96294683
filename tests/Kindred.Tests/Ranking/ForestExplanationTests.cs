using System.Numerics;
using CsCheck;
using Kindred.Ranking;
using Kindred.Tests.Support;

namespace Kindred.Tests.Ranking;

public sealed class ForestExplanationTests
{
    private static Gen<GeneratedForest> Forests(int trees, int features, int leaves) =>
        from seed in Gen.Int[0, int.MaxValue - 1] select new GeneratedForest(seed, trees, features, leaves);

    /// <summary>
    /// ForestTests.Text at (1, 1). v(S), the mean score knowing S: without the leaf of tree 1, which adds .25 to each:
    ///   v() = (2·1 + 2 + 4)/4 = 2, v(age) = (2 + 4)/2 = 3, v(price) = (2·1 + 2·4)/4 = 2.5, v(both) = 4
    ///   age:   ½·(v(age) − v()) + ½·(v(both) − v(price)) = ½·1 + ½·1.5 = 1.25
    ///   price: ½·(v(price) − v()) + ½·(v(both) − v(age)) = ½·.5 + ½·1 = .75
    /// </summary>
    [Fact]
    public void Contributions_are_the_mean_over_the_orders_in_which_features_become_known()
    {
        var explanation = Forest.Parse(ForestTests.Text).Explain([1, 1]);
        Assert.Equal(2.25, explanation.ExpectedScore);
        Assert.Equal(1.25, explanation.Contributions.Span[0], 1e-15);
        Assert.Equal(.75, explanation.Contributions.Span[1], 1e-15);
        Assert.Equal(4.25, explanation.Score, 1e-15);
    }

    [Fact]
    public void Contributions_are_the_Shapley_values_of_the_definition() => Forests(3, 4, 10).Sample(
        generated =>
        {
            var forest = Forest.Parse(generated.Text());
            for (int n = 0; n < 5; n++)
            {
                float[] row = generated.Row();
                var contributions = forest.Explain(row).Contributions.Span;
                for (int feature = 0; feature < 4; feature++) Assert.Equal(Shapley(generated, row, feature), contributions[feature], 1e-12);
            }
        },
        iter: 60);

    [Fact]
    public void Contributions_add_up_to_the_score() => Forests(20, 6, 60).Sample(
        generated =>
        {
            var forest = Forest.Parse(generated.Text());
            float[] row = generated.Row();
            Assert.Equal(forest.Score(row), forest.Explain(row).Score, 1e-10);
        },
        iter: 60);

    [Fact]
    public void Where_no_row_was_trained_on_contributions_still_add_up()
    {
        foreach (string counts in (string[])["leaf_count=0 1 1", "leaf_count=2 0 0", "leaf_count=0 0 0", "leaf_count=1 0 3"])
        {
            var forest = Forest.Parse(ForestTests.Text.Replace("leaf_count=2 1 1", counts, StringComparison.Ordinal));
            foreach (float[] row in (float[][])[[0, 0], [0, 1], [1, 0], [1, 1]])
                Assert.Equal(forest.Score(row), forest.Explain(row).Score, 1e-12);
        }
    }

    /// <summary>Σ over the sets S without the feature: |S|! (m − |S| − 1)! / m! · (v(S and it) − v(S)), m = 4.</summary>
    private static double Shapley(GeneratedForest forest, float[] row, int feature)
    {
        double[] weights = [6.0 / 24, 2.0 / 24, 2.0 / 24, 6.0 / 24];
        double sum = 0;
        for (int known = 0; known < 16; known++)
        {
            if (((known >> feature) & 1) == 1) continue;
            double weight = weights[BitOperations.PopCount((uint)known)];
            sum += weight * (forest.Expected(row, known | (1 << feature)) - forest.Expected(row, known));
        }
        return sum;
    }
}
