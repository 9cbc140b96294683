using System.Collections.Concurrent;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Sampling;

public sealed class StratifiedScheduleTests
{
    private static StratifiedSchedule Schedule() =>
        new(new TrainingPairs(MovieLensSmall.Load(), 0, withTimes: false), 0, SgdTrainer.MostParts, leastPartItems: 50, new Rng(1));

    [Fact]
    public void An_epoch_visits_every_pair_once()
    {
        var seen = new ConcurrentBag<(int, int)>();
        var schedule = Schedule();
        Assert.True(schedule.Parts > 8);
        schedule.Run(1, 3, () => (block, _) =>
        {
            foreach (var pair in block.Pairs) seen.Add((pair.User, pair.Item));
            return (0, 1);
        }, TestContext.Current.CancellationToken);
        var observed = MovieLensSmall.Load().ByUser;
        Assert.Equal(observed.Count, seen.Count);
        Assert.Equal(observed.Count, seen.Distinct().Count());
        Assert.All(seen.Take(1000), pair => Assert.True(observed.Row(pair.Item1).Columns.BinarySearch(pair.Item2) >= 0));
    }

    [Fact]
    public void Blocks_that_run_at_once_share_no_user_and_no_item()
    {
        var blocks = new List<(HashSet<int> Users, HashSet<int> Items)>();
        var schedule = Schedule();
        schedule.Run(3, 1, () => (block, rng) =>
        {
            HashSet<int> users = [], items = [];
            foreach (var pair in block.Pairs)
            {
                users.Add(pair.User);
                items.Add(pair.Item);
                if (block.TryDraw(pair, rng, out int other)) items.Add(other);
            }
            blocks.Add((users, items));
            return (0, 1);
        }, TestContext.Current.CancellationToken);
        Assert.Equal(schedule.Parts * schedule.Parts, blocks.Count);
        foreach (var stratum in blocks.Chunk(schedule.Parts)) // one worker runs one stratum after another
        {
            Assert.Equal(stratum.Sum(b => b.Users.Count), stratum.SelectMany(b => b.Users).Distinct().Count());
            Assert.Equal(stratum.Sum(b => b.Items.Count), stratum.SelectMany(b => b.Items).Distinct().Count());
        }
    }

    [Fact]
    public void Over_the_epochs_every_item_meets_every_other_one_alike()
    {
        // 240 items in 4 parts: item 0 shares its part with 59 of the 239 others, so that in 400 epochs each one is there 400·59/239 = 98.7
        // times, standard deviation √(400·.247·.753) = 8.6
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < 60; user++) for (int item = 0; item < 240; item++) triplets.Add((user, item, 1));
        var data = Interactions.From(new Vocabulary([.. Enumerable.Range(0, 60).Select(n => $"u{n}")]),
            new Vocabulary([.. Enumerable.Range(0, 240).Select(n => $"i{n}")]),
            SparseMatrix.FromTriplets(60, 240, triplets));
        var schedule = new StratifiedSchedule(
            new TrainingPairs(data, 0, withTimes: false), 0, SgdTrainer.MostParts, leastPartItems: 60, new Rng(1));
        Assert.Equal(4, schedule.Parts);
        var together = new int[240];
        for (int epoch = 1; epoch <= 400; epoch++)
        {
            bool counted = false;
            schedule.Run(epoch, 1, () => (block, _) =>
            {
                if (counted || !block.Negatives.Items.Contains(0)) return (0, 1);
                counted = true;
                foreach (int item in block.Negatives.Items) together[item]++;
                return (0, 1);
            }, TestContext.Current.CancellationToken);
        }
        Assert.Equal(400, together[0]);
        Assert.All(together[1..], times => Assert.InRange(times, 98 - 45, 98 + 45));
        Assert.Equal(59 * 400, together[1..].Sum());
    }

    [Fact]
    public void Blocks_learn_as_well_as_one_thread_that_draws_from_all_items()
    {
        static double LossOf(int mostParts)
        {
            double last = 0;
            var context = new TrainingContext { Progress = new Listener(loss => last = loss),
                Cancellation = TestContext.Current.CancellationToken };
            new Bpr { Dimensions = 16, Epochs = 8 }.Train(MovieLensSmall.Load(), context, null, mostParts);
            return last;
        }
        double blocks = LossOf(SgdTrainer.MostParts), serial = LossOf(1);
        Assert.NotEqual(blocks, serial);
        Assert.Equal(serial, blocks, 0.03 * serial);
    }

    [Fact]
    public void A_negative_is_no_item_of_the_user_and_none_that_came_later()
    {
        var block = new PairBlock(new long[] { 10, 20, 30, 40 });
        block.Clear(new NegativeSampler([0, 1, 2, 3], [1, 1, 1, 1], 0), 1);
        block.Add(0, [1], [1], [35]);
        var drawn = new HashSet<int>();
        var rng = new Rng(2);
        for (int n = 0; n < 200; n++) if (block.TryDraw(block.Pairs[0], rng, out int item)) drawn.Add(item);
        Assert.Equal([0, 2], drawn.Order());
        block.Clear(new NegativeSampler([1], [1], 0), 1);
        block.Add(0, [1], [1], [35]);
        Assert.False(block.TryDraw(block.Pairs[0], rng, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Negatives_are_drawn_in_proportion_to_a_power_of_popularity(float exponent)
    {
        int[] popularity = [1, 4, 0, 100, 25];
        var sampler = new NegativeSampler([0, 1, 3, 4], popularity, exponent);
        var counts = new int[5];
        var rng = new Rng(3);
        for (int n = 0; n < 40_000; n++) counts[sampler.Draw(rng)]++;
        double total = new[] { 1, 4, 100, 25 }.Sum(p => Math.Pow(p, exponent));
        foreach (int item in new[] { 0, 1, 3, 4 })
            Assert.Equal(Math.Pow(popularity[item], exponent) / total, counts[item] / 40_000.0, 0.01);
        Assert.Equal(0, counts[2]);
    }

    [Fact]
    public void Weights_are_relative_and_bounded_and_propensities_count_unpopular_items_more()
    {
        // weights 1, 1, 1, 97: mean 25, so that 97 counts 3.88; 999,997 times the others would count 4, 40 of them at most 10
        Assert.Equal(3.88f, TrainingPairs.Relative(97, 25), 1e-5f);
        Assert.Equal(10f, TrainingPairs.Relative(1000, 25));
        // item 0 has 3 users, item 1 has 1; γ = 1: 3^−1 and 1, scaled so that the mean over the 4 pairs is 1: 4 / (3·⅓ + 1) = 2
        var data = Interactions.From(new Vocabulary(["a", "b", "c"]), new Vocabulary(["x", "y"]),
            SparseMatrix.FromTriplets(3, 2, [(0, 0, 1), (1, 0, 1), (2, 0, 1), (2, 1, 1)]));
        var block = new PairBlock();
        block.Clear(new NegativeSampler([0, 1], [3, 1], 0), 1);
        new TrainingPairs(data, 1, withTimes: false).AddTo(block, 2, [2, 3]);
        Assert.Equal(2 / 3f, block.Pairs[0].Weight, 1e-6f);
        Assert.Equal(2f, block.Pairs[1].Weight, 1e-6f);
    }

    private sealed class Listener(Action<double> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value.Loss ?? double.NaN);
    }
}
