using CsCheck;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Indexes.Hnsw;
using Kindred.Storage;
using Kindred.Tests.Numerics;

namespace Kindred.Tests.Retrieval;

public sealed class HnswIndexTests : IndexContract
{
    private protected override IIndexBuilder Builder(IndexMetric metric) => new HnswIndex.Builder { Metric = metric };

    [Fact]
    public void More_effort_finds_more()
    {
        var (items, queries) = Vectors();
        var index = new HnswIndex.Builder { Links = 6, ConstructionEffort = 30 }.Build(items, Context());
        double few = Recall(index, items, queries, effort: 10), many = Recall(index, items, queries, effort: 500);
        Assert.InRange(many, 0.95, 1);
        Assert.InRange(few, 0.3, many - 0.03);
    }

    /// <summary>
    /// Random additions, replacements and removals, then every answer is compared with a plain search through what is left.
    /// </summary>
    [Fact]
    public void Any_order_of_changes_leaves_what_it_should() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[1, 250], Gen.ULong, Gen.Bool).Sample((start, steps, seed, cosine) =>
    {
        const int D = 8, Known = 90;
        var rng = new Rng(seed);
        var metric = cosine ? IndexMetric.Cosine : IndexMetric.InnerProduct;
        var first = Reference.Random(start, D, seed);
        var index = (HnswIndex)new HnswIndex.Builder { Metric = metric, Links = 8, ConstructionEffort = 60 }.Build(first, Context(1));
        var truth = Enumerable.Range(0, start).ToDictionary(item => item, item => first.Row(item).ToArray());
        for (int step = 0; step < steps; step++)
        {
            int item = rng.NextInt(Known);
            if (rng.NextInt(3) == 0)
            {
                Assert.Equal(truth.Remove(item), index.Remove(item));
                continue;
            }
            float[] vector = [.. Enumerable.Range(0, D).Select(_ => (float)rng.NextNormal())];
            index.Set(item, vector);
            truth[item] = vector;
        }
        Assert.Equal(truth.Count, index.Description.Count);

        var left = new Matrix(Known, D);
        foreach (var (item, vector) in truth) vector.CopyTo(left.Row(item));
        var exact = new FlatIndex.Builder { Metric = metric }.Build(left, Context(1));
        int hits = 0, all = 0;
        for (int n = 0; n < 10; n++)
        {
            var query = Reference.Random(1, D, seed + (ulong)n + 7).Row(0);
            int[] expected = new int[5], found = new int[5];
            int count = exact.Search(new IndexQuery(query), expected, new float[5]);
            Assert.Equal(count, index.Search(new IndexQuery(query) { Effort = 200 }, found, new float[5]));
            Assert.All(found.Take(count), item => Assert.True(truth.ContainsKey(item)));
            hits += found.Take(count).Intersect(expected.Take(count)).Count();
            all += count;
        }
        Assert.True(hits >= 0.95 * all, $"found {hits} of {all}");
    }, iter: 60);

    [Fact]
    public async Task Searches_go_on_while_items_come_and_go()
    {
        var (items, queries) = Vectors(2_000);
        var half = new Matrix(1_000, items.Columns, items.Values[..(1_000 * items.Columns)]);
        var index = (HnswIndex)new HnswIndex.Builder().Build(half, Context());
        using var done = new CancellationTokenSource();
        var searching = Enumerable.Range(0, 2).Select(worker => Task.Run(() =>
        {
            var (found, scores) = (new int[10], new float[10]);
            int searches = 0;
            do
            {
                int count = index.Search(new IndexQuery(queries.Row(searches++ % queries.Rows)), found, scores);
                Assert.Equal(10, count);
                Assert.Equal(10, found.Distinct().Count());
                for (int n = 1; n < 10; n++) Assert.True(scores[n - 1] >= scores[n]);
            }
            while (!done.IsCancellationRequested);
            return searches;
        }, TestContext.Current.CancellationToken)).ToArray();
        for (int item = 1_000; item < 2_000; item++)
        {
            index.Set(item, items.Row(item));
            if (item % 4 == 0) index.Remove(item - 1_000);
            if (item % 5 == 0) index.Set(item - 500, items.Row(item - 500)); // the same vector, in another place
        }
        await done.CancelAsync();
        Assert.All(await Task.WhenAll(searching), searches => Assert.True(searches > 0));

        for (int item = 0; item < 1_000; item += 4) items.Row(item).Clear();
        Assert.Equal(1_750, index.Description.Count);
        Assert.InRange(index.RemovedShare, 0.15, 0.3);
        Assert.InRange(Recall(index, items, queries, effort: 0), Floor, 1);
    }

    [Fact]
    public void A_loaded_index_goes_on_as_the_saved_one()
    {
        var (items, _) = Vectors(300);
        var saved = (HnswIndex)Builder(IndexMetric.InnerProduct).Build(items, Context());
        string path = Path.Combine(Directory.CreateTempSubdirectory("kindred-index-").FullName, "index.safetensors");
        File.WriteAllBytes(path, Bytes(saved));
        using (var file = TensorFile.Open(path))
        {
            var loaded = HnswIndex.Load(file);
            foreach (var index in new[] { saved, loaded })
            {
                index.Set(1_000, items.Row(5));
                index.Remove(7);
            }
            Assert.Equal(Bytes(saved), Bytes(loaded));
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_vector_of_zeros_takes_an_item_out_and_a_broken_one_is_refused()
    {
        var (items, _) = Vectors(10);
        var index = (HnswIndex)Builder(IndexMetric.InnerProduct).Build(items, Context());
        index.Set(3, new float[items.Columns]);
        Assert.Equal(9, index.Description.Count);
        float[] broken = items.Row(4).ToArray();
        broken[0] = float.NaN;
        Assert.Throws<ArgumentException>(() => index.Set(4, broken));
        Assert.Throws<ArgumentException>(() => index.Set(4, new float[items.Columns + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Set(-1, items.Row(4)));
        Assert.False(index.Remove(-1));
        Assert.False(index.Remove(3));
        Assert.Equal(9, index.Description.Count);
        foreach (int item in new[] { 0, 1, 2, 4, 5, 6, 7, 8, 9 }) Assert.True(index.Remove(item));
        Assert.Equal(0, index.Search(new IndexQuery(items.Row(0)), new int[3], new float[3]));
        index.Set(2, items.Row(2));
        Assert.Equal(1, index.Search(new IndexQuery(items.Row(0)), new int[3], new float[3]));
    }

    [Theory]
    [InlineData(1, 200, 64, "Links must be 2 to 128, was 1.")]
    [InlineData(16, 0, 64, "ConstructionEffort must be >= 1, was 0.")]
    [InlineData(16, 200, 0, "Effort must be >= 1, was 0.")]
    public void Options_out_of_range_are_refused(int links, int construction, int effort, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(
        () => new HnswIndex.Builder { Links = links, ConstructionEffort = construction, Effort = effort }.Build(new Matrix(1, 1),
            Context())).Message);

    [Fact]
    public void Building_stops_when_told()
    {
        var (items, _) = Vectors();
        using var stop = new CancellationTokenSource();
        var progress = new Stop(stop);
        Assert.Throws<OperationCanceledException>(
            () => Builder(IndexMetric.InnerProduct).Build(items, new() { Cancellation = stop.Token, Progress = progress }));
    }

    private sealed class Stop(CancellationTokenSource source) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value)
        {
            if (value.Done > value.Total / 2) source.Cancel();
        }
    }
}
