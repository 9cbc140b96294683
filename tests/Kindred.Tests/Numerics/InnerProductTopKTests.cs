using CsCheck;
using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Tests.Numerics;

public sealed class InnerProductTopKTests
{
    /// <param name="Users">[users, d]</param>
    /// <param name="Items">[items, d]</param>
    /// <param name="Excluded">[users][any]</param>
    private sealed record Case(Matrix Users, Matrix Items, int[] Findable, int[][] Excluded, int K);

    private static readonly Gen<Case> Cases =
        Gen.Select(Gen.Int[1, 80], Gen.Int[1, 40], Gen.Int[0, 200], Gen.Int[0, 60], Gen.ULong, Gen.Bool)
            .Select((d, users, items, k, seed, isWhole) =>
        {
            var rng = new Rng(seed);
            Matrix Values(int rows)
            {
                var matrix = new Matrix(rows, d);
                // small whole numbers: sums are exact, and ties are common
                foreach (ref float value in matrix.Values.Span) value = isWhole ? rng.NextInt(3) - 1 : (float)rng.NextNormal();
                return matrix;
            }
            int[] Some(int outOf) => [.. Enumerable.Range(0, items).Where(_ => rng.NextInt(outOf) == 0)];
            int[] Shuffled(int[] list)
            {
                list = [.. list, .. list.Take(2)];
                rng.Shuffle<int>(list);
                return list;
            }
            int every = 1 + rng.NextInt(8);
            int[] findable = [.. Enumerable.Range(0, items).Where(_ => rng.NextInt(every + 1) < every)];
            rng.Shuffle<int>(findable);
            return new Case(Values(users), Values(items), findable, [.. Enumerable.Range(0, users).Select(_ => Shuffled(Some(every)))], k);
        });

    private static List<(int Item, float Score)> Read(InnerProductTopK search, int user, int k)
    {
        int[] items = new int[k];
        var scores = new float[k];
        int count = search.Copy(user, items, scores);
        return [.. items.Take(count).Zip(scores)];
    }

    private static List<(int Item, float Score)>[] Find(Case c)
    {
        var search = new InnerProductTopK(new RowPanel(c.Items, c.Findable));
        for (int user = 0; user < c.Users.Rows; user++) search.Add(c.Users.Row(user), c.Excluded[user]);
        search.Find(c.K);
        return [.. Enumerable.Range(0, c.Users.Rows).Select(user => Read(search, user, c.K))];
    }

    /// <summary>A chain of multiply-adds rounded once each, which any width of register must reproduce to the bit.</summary>
    private static float Score(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float sum = 0;
        for (int n = 0; n < x.Length; n++) sum = MathF.FusedMultiplyAdd(x[n], y[n], sum);
        return sum;
    }

    private static List<(int Item, float Score)> Expected(Case c, int user) =>
        [.. c.Findable.Except(c.Excluded[user]).Select(item => (Item: item, Score: Score(c.Users.Row(user), c.Items.Row(item))))
            .Where(pair => !float.IsNaN(pair.Score)).OrderByDescending(pair => pair.Score).ThenBy(pair => pair.Item).Take(c.K)];

    [Fact]
    public void Buffers_beyond_one_array_are_refused_and_not_made_too_small()
    {
        // the block depends on the width of vectors
        Assert.Equal(300 + RowPanel.BlockRows, InnerProductTopK.CapacityOf(k: 100, rows: 1_000_000, queries: 64));
        Assert.Equal(1_000 + RowPanel.BlockRows, InnerProductTopK.CapacityOf(k: 1_000, rows: 1_000, queries: 64));
        // 3 · k and 64 · items are beyond 2³¹
        foreach (var (k, users) in new[] { (1_000_000_000, 3), (67_108_864, 64), (40_000_000, 64) })
            Assert.Contains("ask for fewer", Assert.Throws<InputException>(() => InnerProductTopK.CapacityOf(k, k, users)).Message);
    }

    [Fact]
    public void It_equals_scoring_all_and_sorting() => Cases.Sample(c =>
    {
        var found = Find(c);
        for (int user = 0; user < found.Length; user++) Assert.Equal(Expected(c, user), found[user]);
    });

    [Fact]
    public void Many_items_are_cut_back_many_times_and_none_is_lost()
    {
        // ascending scores: every item is better than all before it; descending; all equal
        foreach (var value in new Func<int, float>[] { n => n, n => -n, _ => 1 })
        {
            var items = new Matrix(5000, 1, Enumerable.Range(0, 5000).Select(value).ToArray());
            var c = new Case(
                new Matrix(2, 1, new float[] { 1, -2 }), items, [.. Enumerable.Range(0, 5000)], [[], [.. Enumerable.Range(100, 4800)]], 37);
            var found = Find(c);
            Assert.Equal(Expected(c, 0), found[0]);
            Assert.Equal(Expected(c, 1), found[1]);
        }
    }

    [Fact]
    public void Infinities_stand_at_the_ends_zeros_of_both_signs_are_equal_and_nan_is_left_out()
    {
        float tiny = float.Epsilon;
        var items = new Matrix(
            9, 1, new[] { float.NegativeInfinity, -0f, 0, float.NaN, float.PositiveInfinity, tiny, -tiny, float.MaxValue, 0 });
        var found = Find(new Case(new Matrix(1, 1, new float[] { 1 }), items, [.. Enumerable.Range(0, 9)], [[]], 20))[0];
        Assert.Equal([4, 7, 5, 1, 2, 8, 6, 0], found.Select(pair => pair.Item));
        Assert.Equal(
            [float.PositiveInfinity, float.MaxValue, tiny, 0, 0, 0, -tiny, float.NegativeInfinity], found.Select(pair => pair.Score));
    }

    [Fact]
    public void More_equal_infinities_than_fit_are_the_first_ones()
    {
        var items = new Matrix(1000, 1);
        items.Values.Span.Fill(float.PositiveInfinity);
        var c = new Case(new Matrix(1, 1, new float[] { 1 }), items, [.. Enumerable.Range(0, 1000)], [[1]], 3);
        Assert.Equal([0, 2, 3], Find(c)[0].Select(pair => pair.Item));
    }

    [Fact]
    public void A_search_is_used_again_for_other_users_and_other_lengths()
    {
        var (users, items) = (Reference.Random(70, 20, 1), Reference.Random(300, 20, 2));
        int[] all = [.. Enumerable.Range(0, 300)];
        var search = new InnerProductTopK(new RowPanel(items, all));
        foreach (var (first, count, k) in new[] { (0, 64, 10), (64, 6, 200), (3, 1, 1), (10, 9, 0), (10, 9, 5000) })
        {
            search.Clear();
            for (int user = first; user < first + count; user++) search.Add(users.Row(user), [user, 2 * user]);
            search.Find(k);
            Assert.Equal(count, search.Count);
            for (int n = 0; n < count; n++)
            {
                var c = new Case(
                    users, items, all, [], k) with
                { Excluded = [.. Enumerable.Range(0, 70).Select(user => new[] { user, 2 * user })] };
                Assert.Equal(Expected(c, first + n), Read(search, n, k));
            }
        }
    }

    [Fact]
    public void Everything_excluded_or_no_items_give_empty_lists()
    {
        var users = Reference.Random(3, 5, 1);
        int[] all = [.. Enumerable.Range(0, 100)];
        Assert.All(Find(new Case(users, Reference.Random(100, 5, 2), all, [all, all, all], 10)), Assert.Empty);
        Assert.All(Find(new Case(users, Reference.Random(100, 5, 2), [], [[], [], []], 10)), Assert.Empty);
        Assert.All(Find(new Case(users, new Matrix(0, 5), [], [[], [], []], 10)), Assert.Empty);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new RowPanel(new Matrix(3, 2), [1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowPanel(new Matrix(3, 0), [1]));
        var search = new InnerProductTopK(new RowPanel(new Matrix(3, 2), [0, 2]));
        Assert.Throws<ArgumentException>(() => search.Add(new float[3], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => search.Find(-1));
        for (int user = 0; user < InnerProductTopK.MaxQueries; user++) search.Add(new float[2], []);
        Assert.Throws<InvalidOperationException>(() => search.Add(new float[2], []));
    }
}
