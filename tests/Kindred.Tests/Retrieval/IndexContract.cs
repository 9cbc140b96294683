using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Storage;
using Kindred.Tests.Numerics;

namespace Kindred.Tests.Retrieval;

/// <summary>What every index keeps to, whatever its kind.</summary>
public abstract class IndexContract
{
    private const int Items = 3_000, Dimensions = 24, Queries = 60, K = 10;

    private protected abstract IIndexBuilder Builder(IndexMetric metric);

    /// <summary>The share of the true ten that must be found.</summary>
    protected virtual double Floor => 0.95;

    private protected static IndexContext Context(int workers = 2) =>
        new() { Seed = 3, Workers = workers, Cancellation = TestContext.Current.CancellationToken };

    /// <returns>Clusters, with lengths that differ, as factor models learn them; and queries among them.</returns>
    protected static (Matrix Items, Matrix Queries) Vectors(int items = Items, int queries = Queries)
    {
        Matrix all = Reference.Random(items, Dimensions, 1), asked = Reference.Random(queries, Dimensions, 2),
            centres = Reference.Random(30, Dimensions, 3);
        var rng = new Rng(4);
        for (int item = 0; item < items; item++)
        {
            Kernels.AddScaled(1.5f, centres.Row(item % 30), all.Row(item));
            float length = MathF.Exp(0.5f * (float)rng.NextNormal());
            foreach (ref float value in all.Row(item)) value *= length;
        }
        for (int query = 0; query < queries; query++) Kernels.AddScaled(2, centres.Row(query % 30), asked.Row(query));
        return (all, asked);
    }

    private static IIndex Exact(Matrix items, IndexMetric metric) => new FlatIndex.Builder { Metric = metric }.Build(items, Context());

    private static List<(int Item, float Score)> Find(
        IIndex index, ReadOnlySpan<float> query, int k = K, BitSet? allowed = null, int[]? excluded = null, int effort = 0)
    {
        var (items, scores) = (new int[k], new float[k]);
        int count = index.Search(new IndexQuery(query) { Allowed = allowed, Excluded = excluded, Effort = effort }, items, scores);
        return [.. items.Take(count).Zip(scores)];
    }

    private static double RecallOf(IIndex index, IIndex exact, Matrix queries, BitSet? allowed = null, int[]? excluded = null)
    {
        int hits = 0, all = 0;
        for (int n = 0; n < queries.Rows; n++)
        {
            var truth = Find(exact, queries.Row(n), K, allowed, excluded).Select(found => found.Item).ToHashSet();
            var found = Find(index, queries.Row(n), K, allowed, excluded);
            Assert.Equal(truth.Count, found.Count);
            Assert.All(found, pair => Assert.True(allowed is null || allowed.Contains(pair.Item)));
            Assert.All(found, pair => Assert.DoesNotContain(pair.Item, excluded ?? []));
            hits += found.Count(pair => truth.Contains(pair.Item));
            all += truth.Count;
        }
        return hits / (double)all;
    }

    [Theory, InlineData(nameof(IndexMetric.InnerProduct)), InlineData(nameof(IndexMetric.Cosine))]
    public void Most_of_the_nearest_are_found_with_their_exact_scores(string by)
    {
        var metric = Enum.Parse<IndexMetric>(by);
        var (items, queries) = Vectors();
        var index = Builder(metric).Build(items, Context());
        Assert.InRange(RecallOf(index, Exact(items, metric), queries), Floor, 1);
        for (int n = 0; n < 5; n++)
        {
            var query = queries.Row(n);
            var found = Find(index, query);
            Assert.Equal(found.OrderByDescending(pair => pair.Score), found);
            Assert.Equal(found.Count, found.Select(pair => pair.Item).Distinct().Count());
            foreach (var (item, score) in found)
            {
                double expected = Reference.Dot(items.Row(item), query);
                if (metric == IndexMetric.Cosine)
                    expected /= Math.Sqrt(Reference.Dot(items.Row(item), items.Row(item)) * Reference.Dot(query, query));
                Assert.Equal(expected, score, 1e-4 * (1 + Math.Abs(expected)));
            }
        }
    }

    [Theory, InlineData(0.01), InlineData(0.1), InlineData(0.5), InlineData(0.99)]
    public void A_filter_is_kept_to_and_costs_no_recall(double share)
    {
        var (items, queries) = Vectors();
        var rng = new Rng(9);
        var index = Builder(IndexMetric.InnerProduct).Build(items, Context());
        var exact = Exact(items, IndexMetric.InnerProduct);
        var byLot = BitSet.Where(Items, _ => rng.NextDouble() < share);
        Assert.InRange(RecallOf(index, exact, queries, byLot), Floor, 1);
        // the items that the first queries are nearest to are in other clusters than those allowed
        var byCluster = BitSet.Where(Items, item => item % 30 >= Math.Min(29, 30 * (1 - share)));
        Assert.InRange(RecallOf(index, exact, queries, byCluster), Floor, 1);
    }

    [Fact]
    public void What_is_excluded_is_not_found_and_others_take_its_place()
    {
        var (items, queries) = Vectors();
        var (index, exact) = (Builder(IndexMetric.InnerProduct).Build(items, Context()), Exact(items, IndexMetric.InnerProduct));
        var best = Find(exact, queries.Row(0), 100).Select(found => found.Item).ToArray();
        Assert.InRange(RecallOf(index, exact, queries, excluded: [.. best, -1, Items, 1 << 30]), Floor, 1);
        var allowed = BitSet.Of(Items, best);
        Assert.InRange(RecallOf(index, exact, queries, allowed, best[..50]), Floor, 1);
        Assert.Empty(Find(index, queries.Row(0), allowed: allowed, excluded: best));
        Assert.Empty(Find(index, queries.Row(0), allowed: BitSet.None(Items)));
    }

    [Fact]
    public void More_than_there_are_can_be_asked_for()
    {
        var (items, queries) = Vectors(50);
        var index = Builder(IndexMetric.InnerProduct).Build(items, Context());
        Assert.Equal(Enumerable.Range(0, 50), Find(index, queries.Row(0), 200, effort: 1000).Select(found => found.Item).Order());
        Assert.Empty(Find(index, queries.Row(0), 0));
    }

    [Fact]
    public void Few_vectors_none_and_equal_ones_are_all_right()
    {
        float[] query = [1, 0, 0];
        Assert.Empty(Find(Builder(IndexMetric.InnerProduct).Build(new Matrix(0, 3), Context()), query));
        Assert.Empty(Find(Builder(IndexMetric.InnerProduct).Build(new Matrix(5, 3), Context()), query)); // nothing but zeros

        var one = new Matrix(3, 3);
        one.Row(1)[0] = 2;
        Assert.Equal([(1, 2f)], Find(Builder(IndexMetric.InnerProduct).Build(one, Context()), query));
        Assert.Equal([(1, 1f)], Find(Builder(IndexMetric.Cosine).Build(one, Context()), query));

        var equal = new Matrix(40, 3);
        for (int item = 0; item < 40; item++) equal.Row(item)[0] = 1;
        var found = Find(Builder(IndexMetric.InnerProduct).Build(equal, Context()), query, 40, effort: 400);
        Assert.Equal(Enumerable.Range(0, 40).Select(item => (item, 1f)), found);
    }

    [Fact]
    public void A_query_without_direction_has_no_cosine()
    {
        var (items, _) = Vectors(20);
        Assert.Empty(Find(Builder(IndexMetric.Cosine).Build(items, Context()), new float[Dimensions]));
    }

    [Theory, InlineData(nameof(IndexMetric.InnerProduct)), InlineData(nameof(IndexMetric.Cosine))]
    public void A_saved_index_gives_the_same_answers(string by)
    {
        var metric = Enum.Parse<IndexMetric>(by);
        var (items, queries) = Vectors();
        var index = Builder(metric).Build(items, Context());
        string path = Path.Combine(Directory.CreateTempSubdirectory("kindred-index-").FullName, "index.safetensors");
        File.WriteAllBytes(path, Bytes(index));
        using (var file = TensorFile.Open(path))
        {
            var loaded = IndexCatalog.Find(index.Description.Kind).Load(file);
            Assert.Equal(index.Description, loaded.Description);
            for (int n = 0; n < queries.Rows; n++) Assert.Equal(Find(index, queries.Row(n)), Find(loaded, queries.Row(n)));
            Assert.Equal(Bytes(index), Bytes(loaded));
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void The_same_bits_come_of_any_number_of_workers()
    {
        var (items, _) = Vectors(1_000);
        byte[] one = Bytes(Builder(IndexMetric.InnerProduct).Build(items, Context(1)));
        Assert.Equal(one, Bytes(Builder(IndexMetric.InnerProduct).Build(items, Context(2))));
        Assert.Equal(one, Bytes(Builder(IndexMetric.InnerProduct).Build(items, Context(4))));
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        var (items, queries) = Vectors();
        var index = Builder(IndexMetric.InnerProduct).Build(items, Context());
        var alone = Enumerable.Range(0, queries.Rows).Select(n => Find(index, queries.Row(n))).ToArray();
        Parallel.For(0, 4 * queries.Rows, n => Assert.Equal(alone[n % queries.Rows], Find(index, queries.Row(n % queries.Rows))));
    }

    [Fact]
    public void What_cannot_be_asked_or_built_is_refused()
    {
        var (items, _) = Vectors(20);
        var index = Builder(IndexMetric.InnerProduct).Build(items, Context());
        Assert.Throws<ArgumentException>(() => Find(index, new float[Dimensions + 1]));
        float[] broken = new float[Dimensions];
        broken[3] = float.NaN;
        Assert.Throws<ArgumentException>(() => Find(index, broken));
        items.Row(7)[2] = float.PositiveInfinity;
        Assert.Contains("item 7", Assert.Throws<InputException>(() => Builder(IndexMetric.InnerProduct).Build(items, Context())).Message);
    }

    /// <returns>Share of the true ten nearest that the index finds with an effort.</returns>
    private protected static double Recall(IIndex index, Matrix items, Matrix queries, int effort)
    {
        var exact = new FlatIndex.Builder().Build(items, Context());
        int hits = 0;
        for (int n = 0; n < queries.Rows; n++)
        {
            int[] expected = new int[10], found = new int[10];
            exact.Search(new IndexQuery(queries.Row(n)), expected, new float[10]);
            index.Search(new IndexQuery(queries.Row(n)) { Effort = effort }, found, new float[10]);
            hits += found.Intersect(expected).Count();
        }
        return hits / (10.0 * queries.Rows);
    }

    private protected static byte[] Bytes(IIndex index)
    {
        var writer = new TensorWriter();
        index.Save(writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }
}
