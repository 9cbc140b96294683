using Kindred.Boosting;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Ranking;
using Kindred.Storage;

namespace Kindred.Native.Tests.Boosting;

public sealed class BoostedTreesTests
{
    private static readonly LambdaRankConfig Few = new() { Trees = 20, LearningRate = .1, FeatureFraction = .8, MinLeafRows = 5 };

    private static readonly BoostedTrees Quick = new() { Options = Few, RowFraction = .8 };

    /// <summary>Grades that follow the sum of two features; a third says nothing.</summary>
    private static RankingData Groups(int seed, int groups)
    {
        var rng = new Rng((ulong)seed);
        int[] sizes = [.. Enumerable.Range(0, groups).Select(_ => 1 + rng.NextInt(20))];
        var features = new Matrix(sizes.Sum(), 3);
        var labels = new float[features.Rows];
        for (int n = 0; n < labels.Length; n++)
        {
            foreach (ref float value in features.Row(n)) value = rng.NextFloat();
            double worth = features.Row(n)[0] + features.Row(n)[1] + (.2 * rng.NextNormal());
            labels[n] = worth > 1.5 ? 2 : worth > 1 ? 1 : 0;
        }
        return new(features, labels, sizes) { FeatureNames = ["price paid", "größe", "noise"] };
    }

    private static byte[] BytesOf(Forest forest)
    {
        var writer = new TensorWriter();
        forest.Save(writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static double NdcgOf(Forest forest, RankingData data, int k)
    {
        var scores = new double[data.Features.Rows];
        forest.Score(data.Features, scores);
        return data.Ndcg(scores, k);
    }

    [Fact]
    public void What_was_learned_ranks_other_groups()
    {
        var (train, test) = (Groups(1, 300), Groups(2, 100));
        var forest = Quick.Train(train, null, new());
        Assert.Equal(train.FeatureNames, forest.Features);
        double random = test.Ndcg([.. Enumerable.Range(0, test.Labels.Length).Select(n => (double)(n * 7919 % 101))], 5);
        Assert.True(NdcgOf(forest, test, 5) > random + .15, $"{NdcgOf(forest, test, 5)} is not far above {random}");
    }

    [Theory]
    [InlineData(BoostingObjective.LambdaRank)]
    [InlineData(BoostingObjective.Binary)]
    public void The_same_seed_gives_the_same_bits_at_any_number_of_threads(BoostingObjective objective)
    {
        var data = Groups(3, 400);
        if (objective == BoostingObjective.Binary)
            data = data with { Labels = Array.ConvertAll(data.Labels.ToArray(), label => Math.Min(label, 1)) };
        var (options, validation) = (Quick with { Objective = objective, Options = Few with { Trees = 60 }, EarlyStopping = 10 },
            data with { });
        byte[] one = BytesOf(options.Train(data, validation, new() { Seed = 5, Workers = 1 }));
        Assert.Equal(one, BytesOf(options.Train(data, validation, new() { Seed = 5, Workers = 2 })));
        Assert.Equal(one, BytesOf(options.Train(data, validation, new() { Seed = 5, Workers = 4 })));
        Assert.NotEqual(one, BytesOf(options.Train(data, validation, new() { Seed = 6, Workers = 1 })));
    }

    [Fact]
    public void Early_stopping_keeps_the_trees_up_to_the_best_one()
    {
        var (train, validation) = (Groups(1, 60), Groups(2, 60));
        var seen = new List<TrainingProgress>();
        var options = Quick with { Options = Few with { Trees = 500 }, EarlyStopping = 15, K = 3 };
        var forest = options.Train(train, validation, new() { Progress = new Listener(seen.Add) });
        Assert.Equal(Enumerable.Range(1, seen.Count), seen.Select(p => p.Done));
        Assert.True(seen.Count < 500);
        var values = seen.ConvertAll(p => p.Validation!.Value.Value);
        int best = values.IndexOf(values.Max()) + 1;
        Assert.Equal((best, best + 15), (forest.Trees, seen.Count));
        Assert.Equal("NDCG@3", seen[0].Validation!.Value.Metric);
        Assert.Equal(values.Max(), NdcgOf(forest, validation, 3), 1e-12);
    }

    [Fact]
    public void Log_odds_of_the_binary_objective_are_calibrated_by_themselves()
    {
        var data = Groups(4, 500);
        data = data with { Labels = Array.ConvertAll(data.Labels.ToArray(), label => Math.Min(label, 1)) };
        var forest = (Quick with { Objective = BoostingObjective.Binary }).Train(data, null, new());
        var scores = new double[data.Features.Rows];
        forest.Score(data.Features, scores);
        double mean = scores.Average(score => 1 / (1 + Math.Exp(-score)));
        Assert.Equal(data.Labels.ToArray().Average(), mean, .02);
    }

    [Fact]
    public void Training_is_cancelled_between_trees()
    {
        using var source = new CancellationTokenSource();
        var listener = new Listener(p => { if (p.Done == 3) source.Cancel(); });
        var context = new TrainingContext { Cancellation = source.Token, Progress = listener };
        Assert.Throws<OperationCanceledException>(() => Quick.Train(Groups(1, 50), null, context));
        Assert.Equal(3, listener.Count);
    }

    [Fact]
    public void Rows_of_no_weight_are_not_learned_from()
    {
        var data = Groups(1, 200);
        float[] weights = [.. Enumerable.Range(0, data.Features.Rows).Select(n => n < data.Features.Rows / 2 ? 1f : 0)];
        var some = Quick.Train(data with { Weights = weights }, null, new());
        Assert.NotEqual(BytesOf(Quick.Train(data, null, new())), BytesOf(some));
    }

    [Fact]
    public void What_LightGBM_refuses_is_told_in_its_own_words()
    {
        var data = new RankingData(new Matrix(10_001, 1), new float[10_001], new[] { 10_001 });
        var error = Assert.Throws<InputException>(() => Quick.Train(data, null, new()));
        Assert.StartsWith("LightGBM refuses: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("10001", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, object> BadOptions => new()
    {
        { "trees must be 1 to 10,000, was 0.", Quick with { Options = Few with { Trees = 0 } } },
        { "leaves must be 2 to 1,024, was 1.", Quick with { Options = Few with { Leaves = 1 } } },
        { "learningRate must be 0.001 to 1, was 0.", Quick with { Options = Few with { LearningRate = 0 } } },
        { "minLeafRows must be 1 to 100,000, was -1.", Quick with { Options = Few with { MinLeafRows = -1 } } },
        { "minLeafHessian must be at least 0, was NaN.", Quick with { MinLeafHessian = double.NaN } },
        { "rowFraction must be above 0 and at most 1, was 1.5.", Quick with { RowFraction = 1.5 } },
        { "featureFraction must be 0.01 to 1, was 0.", Quick with { Options = Few with { FeatureFraction = 0 } } },
        { "maxBins must be at least 2, was 1.", Quick with { MaxBins = 1 } },
        { "truncationLevel must be at least 1, was 0.", Quick with { TruncationLevel = 0 } },
        { "EarlyStopping needs a validation part; give one, or set it to 0.", Quick with { EarlyStopping = 5 } },
        { "Labels must be 0 or 1 for Binary, one was 2.", Quick with { Objective = BoostingObjective.Binary } },
    };

    [Theory, MemberData(nameof(BadOptions), DisableDiscoveryEnumeration = true)]
    public void Options_out_of_range_are_refused(string message, object options) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => ((BoostedTrees)options).Train(Groups(1, 50), null, new())).Message);

    [Fact]
    public void Data_whose_parts_do_not_fit_are_refused()
    {
        var good = Groups(1, 10);
        int rows = good.Features.Rows;
        (RankingData Data, string Reason)[] bad =
        [
            (new(new Matrix(0, 3), ReadOnlyMemory<float>.Empty, ReadOnlyMemory<int>.Empty), "There are 0 rows"),
            (good with { Labels = new float[1] }, "There are 1 labels"),
            (good with { Labels = Enumerable.Repeat(.5f, rows).ToArray() }, "Labels must be whole grades from 0 to 30, one was 0.5"),
            (good with { Labels = Enumerable.Repeat(31f, rows).ToArray() }, "Labels must be whole grades from 0 to 30, one was 31"),
            (good with { Weights = new float[1] }, "There are 1 weights"),
            (good with { Weights = Enumerable.Repeat(-1f, rows).ToArray() }, "Weights must be >= 0, one was -1"),
            (good with { GroupSizes = new[] { rows - 1 } }, "they must be the same"),
            (good with { GroupSizes = new[] { rows, 0 } }, "Groups must have >= 1 rows"),
            (good with { FeatureNames = ["one"] }, "There are 1 names for 3 features"),
            (good with { Categorical = [3] }, "Categorical names feature 3"),
        ];
        foreach (var (data, reason) in bad)
        {
            Assert.Contains(reason, Assert.Throws<InputException>(() => Quick.Train(data, null, new())).Message, StringComparison.Ordinal);
            if (data.Features.Rows > 0) Assert.Throws<InputException>(() => Quick.Train(good, data, new()));
        }
        var wider = new RankingData(new Matrix(2, 4), new float[] { 0, 1 }, new[] { 2 });
        Assert.Contains(
            "has 4 features", Assert.Throws<InputException>(() => Quick.Train(good, wider, new())).Message, StringComparison.Ordinal);
        var nothing = good with { Labels = new float[rows] };
        Assert.Contains(
            "no label above 0", Assert.Throws<InputException>(() => Quick.Train(good, nothing, new())).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Group 1: labels 0, 2, 1 by scores 3, 2, 1: gains 0, 3, 1 at discounts 1, 1/log₂3 = .6309, .5, ideal 3 + .6309: (1.8928 + .5)/3.6309.
    /// Group 2 has no relevant row and is left out. Group 3 has its only relevant row second of two equal scores: .6309.
    /// </summary>
    [Fact]
    public void Ndcg_is_the_mean_over_groups_with_something_to_find()
    {
        var data = new RankingData(new Matrix(6, 1), new float[] { 0, 2, 1, 0, 0, 1 }, new[] { 3, 1, 2 });
        double discount = 1 / Math.Log2(3), first = ((3 * discount) + .5) / (3 + discount);
        Assert.Equal((first + discount) / 2, data.Ndcg([3, 2, 1, 9, 5, 5], 10), 1e-12);
    }

    private sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public int Count { get; private set; }

        public void Report(TrainingProgress value)
        {
            Count++;
            heard(value);
        }
    }
}
