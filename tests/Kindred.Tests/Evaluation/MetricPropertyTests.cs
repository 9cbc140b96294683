using CsCheck;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Splitting;
using Kindred.Tests.Splitting;

namespace Kindred.Tests.Evaluation;

/// <summary>What holds for every metric of the catalog.</summary>
public sealed class MetricPropertyTests
{
    [Fact]
    public void Every_metric_agrees_with_the_reference_through_the_evaluator() =>
        Gen.Select(SplitTests.SomeEvents, Gen.Int[0, 1000]).Sample((interactions, seed) =>
        {
            var holdout = new RandomSplit { Seed = seed, TestFraction = .4 }.Split(interactions).Final;
            if (holdout.Test.Histories.Count == 0) return;
            var world = World.Random(holdout.Train, seed);
            var measures = MetricCatalog.Available(MetricCatalog.Names, world.Background, 1, 3, 50);
            Func<Query, int[]> listOf = query => ListOf(query, world.Train.Items.Count, seed);
            var report = Evaluator.Evaluate("at random", new Scripted(listOf), holdout, new()
            {
                Metrics = [.. measures.OfType<IMetric>()],
                CatalogMetrics = [.. measures.OfType<ICatalogMetric>()],
                Resamples = 1,
                Workers = 2,
            });

            int[] users = report.PerUser!.Users.ToArray();
            foreach (var (metric, values) in report.PerUser.Values)
            {
                double[] expected = [.. users.Select(user => ReferenceBeyond.Measure(
                    metric, world, listOf(Query.Of(world.Train, user)), RelevantOf(holdout.Test, user), world.Train.Histories.ItemsOf(user)
                    .ToArray()))];
                for (int n = 0; n < users.Length; n++) AssertEqual(expected[n], values.Span[n], metric);
                double[] known = [.. expected.Where(value => !double.IsNaN(value))];
                AssertEqual(known.Length == 0 ? double.NaN : known.Average(), report.Of(metric).Mean, metric);
                Assert.Equal(known.Length, report.Of(metric).Users);
            }
            int[][] lists = [.. users.Select(user => listOf(Query.Of(world.Train, user)))];
            foreach (var value in report.Catalog)
                AssertEqual(ReferenceBeyond.MeasureAll(value.Metric, world, lists), value.Value, value.Metric);
        }, iter: 150);

    [Fact]
    public void Values_stay_within_their_bounds() => Cases.Sample((seed, k) =>
    {
        var (world, list) = (WorldOf(seed), CaseOf(seed));
        foreach (var measure in MetricCatalog.Available(MetricCatalog.Names, world.Background, k))
        {
            double value = Value(measure, list);
            if (double.IsNaN(value)) continue;
            var (low, high) = measure.Name.Split('@', ':')[0] switch
            {
                "Novelty" => (0, Math.Log2(world.Train.Users.Count)),
                "ARP" => (0, world.Train.Users.Count),
                "PopularityLift" => (-1, world.Train.Users.Count),
                "DiversityByEmbedding" or "UnexpectednessByEmbedding" => (0, 2),
                "Miscalibration" => (0, Math.Log(100)),
                _ => (0.0, 1.0),
            };
            Assert.True(value >= low - 1e-6 && value <= high + 1e-6, $"{measure.Name} = {value}");
        }
    });

    [Fact]
    public void Moving_a_hit_up_by_one_place_never_lowers_an_accuracy() => Cases.Sample((seed, k) =>
    {
        var (world, list) = (WorldOf(seed), CaseOf(seed));
        var metrics = MetricCatalog.Available([.. MetricCatalog.Accuracy, .. MetricCatalog.Debiased, "serendipity"], world.Background, k);
        for (int n = 1; n < list.Ranked.Length; n++)
        {
            if (!list.Relevant.Contains(list.Ranked[n]) || list.Relevant.Contains(list.Ranked[n - 1])) continue;
            int[] better = [.. list.Ranked];
            (better[n - 1], better[n]) = (better[n], better[n - 1]);
            foreach (var metric in metrics)
                Assert.True(Value(metric, list with { Ranked = better }) >= Value(metric, list) - 1e-12, metric.Name);
        }
    });

    [Fact]
    public void An_ideal_list_has_the_best_accuracy() => Cases.Sample((seed, k) =>
    {
        var (world, list) = (WorldOf(seed), CaseOf(seed));
        int[] best = [.. list.Relevant.Order()];
        foreach (string name in new[] { $"ndcg@{k}", $"recallCapped@{k}", $"map@{k}", $"mrr@{k}", "rPrecision", "auc" })
            Assert.Equal(1, Value(MetricCatalog.Parse(name, world.Background), list with { Ranked = best, Gains = null }), 1e-12);
    });

    [Fact]
    public void Other_names_for_users_and_items_change_nothing() => Cases.Sample((seed, k) =>
    {
        var (world, list) = (WorldOf(seed), CaseOf(seed));
        int[] items = Shuffled(Items, seed), users = Shuffled(Users, seed + 1);
        var renamed = Renamed(world, users, items);
        int[] Rename(int[] old) => [.. old.Select(item => items[item])];
        int[] relevant = Rename(list.Relevant);
        float[] gains = [.. list.Gains!];
        Array.Sort(relevant, gains);
        var other = new Case(Rename(list.Ranked), relevant, gains, Rename(list.History));

        var measures = MetricCatalog.Available(MetricCatalog.Names, world.Background, k);
        var others = MetricCatalog.Available(MetricCatalog.Names, renamed.Background, k);
        for (int m = 0; m < measures.Count; m++)
        {
            double value = measures[m] is IMetric ? Value(measures[m], list) : ((ICatalogMetric)measures[m]).Measure(ExposureOf(seed, k));
            double otherValue = others[m] is IMetric ? Value(others[m], other) : ((ICatalogMetric)others[m]).Measure(
                ExposureOf(seed, k) is var exposure ? exposure with { Counts = InOrder(exposure.Counts.ToArray(), items) } : exposure);
            AssertEqual(value, otherValue, measures[m].Name);
        }
    });

    private const int Users = 12, Items = 11;

    private static Gen<(int Seed, int K)> Cases { get; } = Gen.Select(Gen.Int[0, 100_000], Gen.Int[1, 12]);

    /// <param name="Relevant">Ascending.</param>
    private sealed record Case(int[] Ranked, int[] Relevant, float[]? Gains, int[] History);

    private static double Value(IMeasure measure, Case list) => measure is IMetric metric
        ? metric.Of(list.Ranked, list.Relevant, list.Gains, list.History)
        : ((ICatalogMetric)measure).Measure(ExposureOf(list.Ranked.Sum(), measure.K));

    /// <summary>Item n has n + 1 users: no two items are equally popular, so that no order depends on their names.</summary>
    private static World WorldOf(int seed)
    {
        var triplets = new List<(int, int, float)>();
        for (int item = 0; item < Items; item++)
            foreach (int user in Shuffled(Users, seed + item).Take(item + 1)) triplets.Add((user, item, 1));
        return World.Random(Interactions.From(Ids(Users), Ids(Items), SparseMatrix.FromTriplets(Users, Items, triplets)), seed);
    }

    private static Case CaseOf(int seed)
    {
        var rng = new Rng((ulong)seed).Fork("case");
        int[] items = Shuffled(Items, seed + 50);
        int history = rng.NextInt(5), relevant = 1 + rng.NextInt(5);
        int[] left = items[history..];
        float[] gains = [.. Enumerable.Range(0, relevant).Select(_ => 1f + rng.NextInt(5))];
        int[] ranked = [.. Shuffled(left.Length, seed + 51).Select(n => left[n]).Take(rng.NextInt(left.Length + 1))];
        return new(ranked, [.. left.Take(relevant).Order()], gains, items[..history]);
    }

    private static Exposure ExposureOf(int seed, int k)
    {
        var counts = new int[Items];
        for (int list = 0; list < 7; list++)
            foreach (int item in Shuffled(Items, seed + list).Take(k)) counts[item]++;
        return new(k, counts, 7);
    }

    private static World Renamed(World world, int[] users, int[] items)
    {
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < Users; user++)
            foreach (int item in world.Train.ByUser.Row(user).Columns) triplets.Add((users[user], items[item], 1));
        var embeddings = new Matrix(Items, world.Embeddings.Columns);
        for (int item = 0; item < Items; item++) world.Embeddings.Row(item).CopyTo(embeddings.Row(items[item]));
        return new(Interactions.From(Ids(Users), Ids(Items), SparseMatrix.FromTriplets(Users, Items, triplets)),
            InOrder(world.Labels, items), embeddings, world.Groups with { Of = InOrder(world.Groups.Of.ToArray(), items) });
    }

    private static T[] InOrder<T>(T[] values, int[] places)
    {
        var moved = new T[values.Length];
        for (int n = 0; n < values.Length; n++) moved[places[n]] = values[n];
        return moved;
    }

    private static Vocabulary Ids(int count) => new([.. Enumerable.Range(0, count).Select(n => $"{n}")]);

    private static int[] Shuffled(int count, int seed)
    {
        int[] values = [.. Enumerable.Range(0, count)];
        new Rng((ulong)seed).Fork("shuffle", count).Shuffle<int>(values);
        return values;
    }

    /// <summary>Of any length, without the history; the same for the same user.</summary>
    private static int[] ListOf(Query query, int items, int seed)
    {
        int[] left = [.. Shuffled(items, seed + (7 * query.User)).Except(query.History.ToArray())];
        return left[..new Rng((ulong)seed).Fork("length", query.User).NextInt(left.Length + 1)];
    }

    private static Dictionary<int, double> RelevantOf(Interactions test, int user)
    {
        var relevant = new Dictionary<int, double>();
        var items = test.Histories.ItemsOf(user).Span;
        var weights = test.Histories.WeightsOf(user).Span;
        for (int e = 0; e < items.Length; e++) relevant[items[e]] = relevant.GetValueOrDefault(items[e]) + weights[e];
        return relevant;
    }

    private static void AssertEqual(double expected, double actual, string metric) => Assert.True(
        (double.IsNaN(expected) && double.IsNaN(actual)) || Math.Abs(expected - actual) < (metric.Contains("ByEmbedding") ? 1e-5 : 1e-10),
        $"{metric} = {actual}, expected {expected}");
}
