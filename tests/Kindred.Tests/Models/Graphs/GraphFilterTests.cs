using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Models.Linear;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Graphs;

public sealed class GraphFilterTests : ModelContract
{
    protected override ITrainer Trainer => new GraphFilter { Dimensions = 6 };

    // the first signals are drawn
    protected override bool IsClosedForm => false;

    [Fact]
    public void Two_items_by_hand()
    {
        // user 0 has both items, user 1 item 1: P(0, 1) = 1 / (√1·√2·2), P(0, 0) = 1 / 2, P(1, 1) = (1/2 + 1) / 2
        var model = new GraphFilter { LowPass = 0, Sharpening = 0 }.Train(Of(2, 2, [(0, 0, 5), (0, 1, 1), (1, 1, 1)]), Context());
        float[] scores = Scores(model, new Query(-1, new[] { 0 }));
        Assert.Equal(1 / (2 * Math.Sqrt(2)), scores[1], 1e-6);
        Assert.Equal(.5, scores[0], 1e-6);
        Assert.Equal(scores, Scores(model, new Query(-1, new[] { 0, 0 }, new[] { 3f, 4f }))); // weights do not count
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(.3f, 0)]
    [InlineData(0, 2.5f)]
    [InlineData(.2f, 1.5f)]
    public void It_equals_dense_matrices(float lowPass, float sharpening)
    {
        const int Users = 12, Items = 25;
        var data = EaseTests.Random(Users, Items, 90);
        var r = new double[Users, Items]; // with rows and columns divided by the roots of their degrees
        for (int user = 0; user < Users; user++)
        {
            var row = data.ByUser.Row(user);
            foreach (int item in row.Columns) r[user, item] = 1 / Math.Sqrt((double)row.Length * data.ByItem.Row(item).Length);
        }
        double[] P(double[] x)
        {
            var y = new double[Items];
            for (int user = 0; user < Users; user++)
            {
                double sum = 0;
                for (int item = 0; item < Items; item++) sum += r[user, item] * x[item];
                for (int item = 0; item < Items; item++) y[item] += r[user, item] * sum;
            }
            return y;
        }
        // as many signals as users let through all that is a mixture of users
        var model = new GraphFilter { Dimensions = Users, LowPass = lowPass, Sharpening = sharpening }.Train(data, Context());
        int[] history = [1, 4, 20];
        double[] x = [.. Enumerable.Range(0, Items).Select(item => history.Contains(item) ? 1.0 : 0)];
        double[] degrees = [.. Enumerable.Range(0, Items).Select(item => Math.Sqrt(data.ByItem.Row(item).Length))];
        double[] passed = Project(r, [.. x.Zip(degrees, (value, degree) => degree == 0 ? 0 : value / degree)]);
        double[] score = [.. P(x).Zip(passed.Zip(degrees), (smooth, low) => smooth + (lowPass * low.First * low.Second))];
        double[] term = score;
        for (int order = 1; order <= 4; order++)
        {
            term = [.. P(term).Select(value => -sharpening / order * value)];
            score = [.. score.Zip(term, (a, b) => a + b)];
        }
        float[] scores = Scores(model, new Query(-1, history));
        for (int item = 0; item < Items; item++)
            if (degrees[item] > 0) Assert.Equal(score[item], scores[item], 1e-4);
    }

    // the part of x within the span of the rows of r: Gram and Schmidt
    private static double[] Project(double[,] r, double[] x)
    {
        int rows = r.GetLength(0), columns = r.GetLength(1);
        var basis = new List<double[]>();
        for (int row = 0; row < rows; row++)
        {
            double[] v = [.. Enumerable.Range(0, columns).Select(column => r[row, column])];
            for (int pass = 0; pass < 2; pass++)
            {
                foreach (double[] b in basis)
                {
                    double along = Inner(v, b);
                    for (int n = 0; n < columns; n++) v[n] -= along * b[n];
                }
            }
            double length = Math.Sqrt(Inner(v, v));
            if (length > 1e-9) basis.Add([.. v.Select(value => value / length)]);
        }
        var y = new double[columns];
        foreach (double[] b in basis)
        {
            double along = Inner(x, b);
            for (int n = 0; n < columns; n++) y[n] += along * b[n];
        }
        return y;

        static double Inner(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
    }

    [Fact]
    public void The_smoothest_signals_of_a_graph_in_two_parts_say_which_part()
    {
        // users of even numbers have even items, the others odd ones
        var data = Of(20, 10, [.. from user in Enumerable.Range(0, 20) from item in Enumerable.Range(0, 10)
                                  where (user - item) % 2 == 0 && (user + item) % 7 != 0 select (user, item, 1f)]);
        var signals = SmoothSignals.Of(data.ByUser, data.ByItem, 2, Context());
        double[] degrees = [.. Enumerable.Range(0, 10).Select(item => (double)data.ByItem.Row(item).Length)];
        for (int item = 0; item < 10; item++)
        {
            for (int other = 0; other < 10; other++)
            {
                // of a part it is the root of the degree, to length 1
                double whole = degrees.Where((_, n) => (n - item) % 2 == 0).Sum();
                double expected = (item - other) % 2 == 0 ? Math.Sqrt(degrees[item] * degrees[other]) / whole : 0;
                Assert.Equal(expected, Kernels.Dot(signals.Row(item), signals.Row(other)), 1e-4);
            }
        }
    }

    [Fact]
    public void There_are_no_more_signals_than_the_graph_has()
    {
        var data = Of(3, 5, [(0, 1, 1), (0, 2, 1), (2, 1, 1)]);
        Assert.Equal(2, SmoothSignals.Of(data.ByUser, data.ByItem, 100, Context()).Columns);
        Assert.Equal(0, SmoothSignals.Of(data.ByUser, data.ByItem, 0, Context()).Columns);
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        var data = Checkerboard(4);
        foreach (ITrainer trainer in new ITrainer[]
                 { new GraphFilter { Dimensions = -1 }, new GraphFilter { LowPass = -1 }, new GraphFilter { Sharpening = float.NaN } })
            Assert.Throws<InputException>(() => trainer.Train(data, Context()));
    }

    /// <summary>On movielens-small, leave last out: item-knn .0366, popularity .0194.</summary>
    [Fact]
    public void On_real_data_it_is_far_above_popularity()
    {
        var holdout = new LeaveLastOut().Split(MovieLensSmall.Load()).Final;
        var options = new EvaluationOptions
        {
            Metrics = [new Ndcg(10)],
            Resamples = 20,
            Cancellation = TestContext.Current.CancellationToken,
        };
        var model = new GraphFilter { Dimensions = 64 }.Train(holdout.Train, Context());
        double ndcg = Evaluator.Evaluate("model", model.AsPipeline(), holdout, options).Of("NDCG@10").Mean;
        Assert.InRange(ndcg, .030, .045);
    }
}
