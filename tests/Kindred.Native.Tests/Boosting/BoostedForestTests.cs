using Kindred.Boosting;
using Kindred.Numerics;
using Kindred.Ranking;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Boosting;

/// <summary>Our forest beside LightGBM's own answers.</summary>
public sealed class BoostedForestTests
{
    private const int Features = 6;

    /// <summary>Numbers, small whole numbers, categories 0 to 39 (features 2 and 5), many zeros and NaN.</summary>
    private static RankingData Rows(int seed, int rows)
    {
        var rng = new Rng((ulong)seed);
        var features = new Matrix(rows, Features);
        var labels = new float[rows];
        for (int n = 0; n < rows; n++)
        {
            var row = features.Row(n);
            for (int feature = 0; feature < Features; feature++)
            {
                row[feature] = feature is 2 or 5 ? rng.NextInt(40) : feature == 3 ? rng.NextInt(9) - 4 : (float)rng.NextNormal();
                if (rng.NextInt(5) == 0) row[feature] = 0;
                if (rng.NextInt(6) == 0) row[feature] = float.NaN;
            }
            double score = (float.IsNaN(row[0]) ? .7 : row[0]) + (row[2] % 3) + (row[1] * row[3] > 0 ? 1 : 0) + (.3 * rng.NextNormal());
            labels[n] = score > 2 ? 2 : score > 1 ? 1 : 0;
        }
        return new(features, labels, Enumerable.Repeat(20, rows / 20).ToArray()) { Categorical = [2, 5] };
    }

    private static readonly BoostedTrees Large =
        new() { Options = new() { Leaves = 63, LearningRate = .1, MinLeafRows = 5, FeatureFraction = 1 } };

    /// <summary>What a test asks of LightGBM besides the usual: zeros as missing, none missing, other objectives.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("zero_as_missing=true")]
    [InlineData("use_missing=false")]
    [InlineData("objective=regression boost_from_average=true")]
    [InlineData("max_cat_to_onehot=64 min_data_in_leaf=1")]
    public void Scores_have_the_bits_of_LightGBM(string extra)
    {
        var data = Rows(1, 4000);
        string parameters = $"{extra} {Large.Parameters(data, new() { Workers = 1 })}";
        using var rows = new BinnedRows(data, parameters);
        using var booster = new Booster(rows, null, parameters);
        for (int n = 0; n < 50; n++) booster.Grow();
        var forest = Forest.Parse(booster.Text());
        Assert.Equal(50, forest.Trees);
        AssertSameBits(booster, forest, data.Features);
        var unseen = Rows(2, 2000).Features;
        foreach (int n in (int[])[0, 77, 1999])
            foreach (ref float value in unseen.Row(n))
                value = n == 0 ? float.PositiveInfinity : n == 77 ? float.NegativeInfinity : -.5f;
        AssertSameBits(booster, forest, unseen);
    }

    [Fact]
    public void Trees_of_any_shape_score_as_in_LightGBM()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var generated = new GeneratedForest(seed, 10, 4, 40);
            using var booster = Booster.Parse(generated.Text());
            var rows = new Matrix(200, 4);
            for (int n = 0; n < rows.Rows; n++) generated.Row().CopyTo(rows.Row(n));
            AssertSameBits(booster, Forest.Parse(generated.Text()), rows);
            AssertSameContributions(booster, Forest.Parse(generated.Text()), rows);
        }
    }

    [Fact]
    public void Contributions_are_those_of_LightGBM()
    {
        var data = Rows(3, 2000);
        string parameters = new BoostedTrees().Parameters(data, new() { Workers = 1 });
        using var rows = new BinnedRows(data, parameters);
        using var booster = new Booster(rows, null, parameters);
        for (int n = 0; n < 30; n++) booster.Grow();
        AssertSameContributions(booster, Forest.Parse(booster.Text()), new(200, Features, data.Features.Values[..(200 * Features)]));
    }

    private static void AssertSameBits(Booster booster, Forest forest, Matrix rows)
    {
        double[] expected = new double[rows.Rows], together = new double[rows.Rows];
        booster.Predict(rows, LightGbm.RawScore, expected);
        forest.Score(rows, together);
        for (int n = 0; n < rows.Rows; n++)
        {
            Assert.Equal(BitConverter.DoubleToInt64Bits(expected[n]), BitConverter.DoubleToInt64Bits(together[n]));
            Assert.Equal(expected[n], forest.Score(rows.Row(n)));
        }
    }

    private static void AssertSameContributions(Booster booster, Forest forest, Matrix rows)
    {
        int width = rows.Columns + 1;
        var expected = new double[rows.Rows * width];
        booster.Predict(rows, LightGbm.Contributions, expected);
        for (int n = 0; n < rows.Rows; n++)
        {
            var explanation = forest.Explain(rows.Row(n));
            for (int feature = 0; feature < rows.Columns; feature++)
                Assert.Equal(expected[(n * width) + feature], explanation.Contributions.Span[feature], 1e-10);
            Assert.Equal(expected[(n * width) + width - 1], explanation.ExpectedScore, 1e-10);
        }
    }
}
