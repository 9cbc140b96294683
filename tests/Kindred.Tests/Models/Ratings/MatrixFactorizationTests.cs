using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Tests.Models.Ratings;

public sealed class MatrixFactorizationTests : RatingContract
{
    protected override ITrainer Trainer => new MatrixFactorization
    {
        Dimensions = 6,
        Epochs = 80,
        LearningRate = 0.03f,
        LearningRateDecay = 1,
        Regularization = 0.02f,
        FrequencyExponent = 1
    };

    /// <summary>Small data is one block: by user, items in ascending order.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(.5f)]
    public void Items_are_where_plain_loops_take_them(float exponent)
    {
        var data = Ratings();
        var trainer = new MatrixFactorization
        {
            Dimensions = 5,
            Epochs = 3,
            LearningRate = .02f,
            LearningRateDecay = .9f,
            Regularization = .1f,
            BiasRegularization = .2f,
            FrequencyExponent = exponent,
        };
        var (users, items) = trainer.Start(ObservedRatings.Of(data), null, Context());
        double mean = data.ByUser.Values.ToArray().Average(v => (double)v), rate = .02;
        double[][] x = Rows(users.Factors), y = Rows(items.Factors);
        double[] bu = new double[60], bi = new double[40];
        for (int epoch = 0; epoch < 3; epoch++, rate *= .9)
        {
            for (int user = 0; user < 60; user++)
            {
                var row = data.ByUser.Row(user);
                for (int n = 0; n < row.Length; n++)
                {
                    int item = row.Columns[n];
                    double fu = Math.Pow(row.Length, exponent - 1), fi = Math.Pow(data.ByItem.Row(item).Length, exponent - 1);
                    double e = row.Values[n] - mean - bu[user] - bi[item] - x[user].Zip(y[item], (a, b) => a * b).Sum();
                    for (int c = 0; c < 5; c++)
                        (x[user][c], y[item][c]) = (x[user][c] + (rate * ((e * y[item][c]) - (.1 * fu * x[user][c]))), y[item][c]
                            + (rate * ((e * x[user][c]) - (.1 * fi * y[item][c]))));
                    bu[user] += rate * (e - (.2 * fu * bu[user]));
                    bi[item] += rate * (e - (.2 * fi * bi[item]));
                }
            }
        }
        var model = (RatingFactors)trainer.Train(data, Context());
        for (int item = 0; item < 39; item++)
        {
            for (int c = 0; c < 5; c++) Assert.Equal(y[item][c], model.ItemEmbeddings.Row(item)[c], 1e-4);
            Assert.Equal(bi[item], model.ItemEmbeddings.Row(item)[5], 1e-4);
        }
    }

    [Fact]
    public void Blocks_hold_every_rating_once_and_those_of_a_stratum_share_nothing()
    {
        var data = Kindred.Tests.Support.MovieLensSmall.Load();
        var blocks = new RatingBlocks(data.ByUser, 3, 16, 2, TestContext.Current.CancellationToken);
        Assert.True(blocks.Parts > 4);
        Assert.Equal(Enumerable.Range(0, data.Items.Count), blocks.PlaceOf.Order());
        var seen = new List<(int User, int Place, float Rating)>();
        var calls = new List<(HashSet<int> Users, HashSet<int> Places)>();
        blocks.Run(new Rng(1), 1, (in EntryRuns runs) =>
        {
            var (users, places) = (new HashSet<int>(), new HashSet<int>());
            for (int run = 0; run < runs.Rows.Length; run++)
            {
                Assert.True(users.Add(runs.Rows[run]));
                for (int n = runs.Starts[run]; n < runs.Starts[run + 1]; n++)
                {
                    places.Add(runs.Columns[n]);
                    seen.Add((runs.Rows[run], runs.Columns[n], runs.Values[n]));
                }
            }
            calls.Add((users, places));
            return 0;
        }, TestContext.Current.CancellationToken);
        var expected = new List<(int, int, float)>();
        for (int user = 0; user < data.Users.Count; user++)
        {
            var row = data.ByUser.Row(user);
            for (int n = 0; n < row.Length; n++) expected.Add((user, blocks.PlaceOf[row.Columns[n]], row.Values[n] - 3));
        }
        Assert.Equal(expected.Order(), seen.Order());
        foreach (var stratum in calls.Chunk(blocks.Parts))
        {
            Assert.Equal(stratum.Sum(block => block.Users.Count), stratum.SelectMany(block => block.Users).Distinct().Count());
            Assert.Equal(stratum.Sum(block => block.Places.Count), stratum.SelectMany(block => block.Places).Distinct().Count());
        }
    }

    [Fact]
    public void Own_options_out_of_range_are_refused()
    {
        string Refusal(MatrixFactorization trainer) => Assert.Throws<InputException>(() => trainer.Train(Ratings(), Context())).Message;
        Assert.Equal("learningRate must be above 0, was 0.", Refusal(new() { LearningRate = 0 }));
        Assert.StartsWith("The steps diverged in epoch ", Refusal(new() { LearningRate = 3 }));
        Assert.Equal("learningRateDecay must be above 0 and at most 1, was 2.", Refusal(new() { LearningRateDecay = 2 }));
    }

    private static double[][] Rows(Matrix matrix) =>
        [.. Enumerable.Range(0, matrix.Rows).Select(r => matrix.Row(r).ToArray().Select(v => (double)v).ToArray())];
}
