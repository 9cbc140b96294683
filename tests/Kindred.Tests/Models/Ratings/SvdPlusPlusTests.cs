using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Ratings;

public sealed class SvdPlusPlusTests : RatingContract
{
    private const double Rate = .02, Penalty = .1, BiasPenalty = .2, ImplicitPenalty = .03;

    protected override ITrainer Trainer => new SvdPlusPlus { Dimensions = 6, Epochs = 60, LearningRate = 0.03f, LearningRateDecay = 1,
        Regularization = 0.02f, ImplicitRegularization = 0.001f, FrequencyExponent = 1 };

    /// <summary>60 users are groups of one, 200 groups of three.</summary>
    [Theory]
    [InlineData(60, 1)]
    [InlineData(200, 3)]
    public void Items_are_where_plain_loops_take_them(int users, int size)
    {
        var data = Ratings(users);
        var trainer = new SvdPlusPlus
        {
            Dimensions = 5,
            Epochs = 2,
            LearningRate = (float)Rate,
            LearningRateDecay = 1,
            FrequencyExponent = 1,
            Regularization = (float)Penalty,
            BiasRegularization = (float)BiasPenalty,
            ImplicitRegularization = (float)ImplicitPenalty,
        };
        var rng = new Rng(0).Fork("svdpp");
        var start = trainer.Start(ObservedRatings.Of(data), null, Context());
        var plain = new Plain(data, start.Users, start.Items, RatingSide.Random(data.ByItem, 5, rng.Fork("implicit")).Factors);
        var groups = UserGroup.All(data.ByUser, size, rng.Fork("groups"));
        Assert.Equal(size, groups[0].Users.Length);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            rng.Fork("order", epoch).Shuffle<UserGroup>(groups);
            foreach (var group in groups) plain.Learn(group.Users);
        }
        var model = (RatingFactors)trainer.Train(data, Context());
        for (int item = 0; item < 39; item++)
        {
            Assert.Equal(plain.ItemBiases[item], model.ItemEmbeddings.Row(item)[5], 1e-4);
            for (int c = 0; c < 5; c++)
            {
                Assert.Equal(plain.Y[item][c], model.ItemEmbeddings.Row(item)[c], 1e-4);
                Assert.Equal(plain.Z[item][c], model.Implicit!.Row(item)[c], 1e-4);
            }
        }
    }

    [Fact]
    public void A_history_without_ratings_is_answered_by_what_was_rated()
    {
        var data = Ratings();
        var model = Trained(data);
        float[] embedding = new float[8], part = RatingFactors.ImplicitPart(model.Implicit!, [1, 2]);
        Assert.True(model.TryEmbed(new Query(-1, new[] { 2, 1 }), embedding));
        Assert.Equal(part, embedding[..6]);
        Assert.Equal(1, embedding[6]);
        Assert.Equal(data.ByUser.Values.ToArray().Average(), embedding[7], 1e-4);
        Assert.False(model.TryEmbed(new Query(-1, new[] { 39 }), embedding));
    }

    [Fact]
    public void Own_options_out_of_range_are_refused()
    {
        string Refusal(SvdPlusPlus trainer) => Assert.Throws<InputException>(() => trainer.Train(Ratings(), Context())).Message;
        Assert.Equal("learningRate must be above 0, was 0.", Refusal(new() { LearningRate = 0 }));
        Assert.StartsWith("The steps diverged in epoch ", Refusal(new() { LearningRate = 3 }));
        Assert.Equal("learningRateDecay must be above 0 and at most 1, was 2.", Refusal(new() { LearningRateDecay = 2 }));
        Assert.Equal("implicitRegularization must be at least 0, was -1.", Refusal(new() { ImplicitRegularization = -1 }));
    }

    /// <summary>The method from its description, in double, a loop for each sum.</summary>
    private sealed class Plain(Interactions data, RatingSide users, RatingSide items, Matrix z)
    {
        private readonly double[][] _p = Rows(users.Factors);
        private readonly double[] _userBiases = new double[users.Biases.Length];
        private readonly double _mean = data.ByUser.Values.ToArray().Average(v => (double)v);

        public double[][] Y { get; } = Rows(items.Factors);

        public double[][] Z { get; } = Rows(z);

        public double[] ItemBiases { get; } = new double[items.Biases.Length];

        public void Learn(int[] group)
        {
            double[][] y = [.. Y.Select(row => row.ToArray())], implicitBefore = [.. Z.Select(row => row.ToArray())];
            double[] biases = [.. ItemBiases];
            foreach (int user in group)
            {
                var row = data.ByUser.Row(user);
                int[] rated = row.Columns.ToArray();
                double[] part = [.. Enumerable.Range(0, 5)
                    .Select(c => rated.Sum(item => implicitBefore[item][c]) / Math.Sqrt(rated.Length))];
                double[] before = [.. part], errors = new double[rated.Length];
                for (int n = 0; n < rated.Length; n++)
                {
                    double[] q = y[rated[n]];
                    double e = row.Values[n] - _mean - _userBiases[user] - biases[rated[n]] - Enumerable.Range(0, 5)
                        .Sum(c => q[c] * (_p[user][c] + part[c]));
                    errors[n] = e;
                    for (int c = 0; c < 5; c++)
                    {
                        part[c] += Rate * ((e * q[c]) - (ImplicitPenalty * part[c]));
                        _p[user][c] += Rate * ((e * q[c]) - (Penalty * _p[user][c]));
                    }
                    _userBiases[user] += Rate * (e - (BiasPenalty * _userBiases[user]));
                }
                for (int n = 0; n < rated.Length; n++)
                {
                    for (int c = 0; c < 5; c++)
                    {
                        Y[rated[n]][c] += Rate * ((errors[n] * (_p[user][c] + part[c])) - (Penalty * Y[rated[n]][c]));
                        double keep = Math.Pow(1 - (Rate * ImplicitPenalty), rated.Length);
                        Z[rated[n]][c] = (Z[rated[n]][c] * keep) + ((part[c] - (before[c] * keep)) / Math.Sqrt(rated.Length));
                    }
                    ItemBiases[rated[n]] += Rate * (errors[n] - (BiasPenalty * ItemBiases[rated[n]]));
                }
            }
        }

        private static double[][] Rows(Matrix matrix) =>
            [.. Enumerable.Range(0, matrix.Rows).Select(r => matrix.Row(r).ToArray().Select(v => (double)v).ToArray())];
    }
}
