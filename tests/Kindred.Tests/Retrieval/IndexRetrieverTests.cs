using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Sources;

namespace Kindred.Tests.Retrieval;

public sealed class IndexRetrieverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static IIndex Flat(Matrix vectors, IndexMetric metric = IndexMetric.InnerProduct) =>
        new FlatIndex.Builder { Metric = metric }.Build(vectors, new());

    [Fact]
    public void It_answers_as_the_model_does_without_the_history()
    {
        // a user who had i0: (3, 0); products: i0 9, i1 0, i2 6, i3 none, as it is zero
        var model = new SumOfHistory(new(4, 2, new float[] { 3, 0, 0, 1, 2, 2, 0, 0 }));
        var recommender = new IndexRetriever(model, Flat(model.ItemEmbeddings)).AsPipeline("index");
        Assert.Equal(
            [(2, 6f, "index"), (1, 0f, "index")], recommender.Recommend(new(-1, new[] { 0 }), 9).Select(c => (c.Item, c.Score, c.Source)));
        Assert.Equal([2], recommender.Recommend(new(-1, new[] { 0 }), 1).Select(c => c.Item));
        Assert.Empty(recommender.Recommend(new(-1, new[] { 0 }), 0));
        Assert.Empty(recommender.Recommend(new(-1, default), 9)); // nothing is known
    }

    [Fact]
    public void A_retriever_leaves_the_history_in()
    {
        var model = new SumOfHistory(new(2, 1, new float[] { 3, 1 }));
        var (items, scores) = (new int[5], new float[5]);
        int count = new IndexRetriever(model, Flat(model.ItemEmbeddings))
            .Retrieve(new(-1, new[] { 0 }), items, scores, cancellationToken: Token);
        Assert.Equal([(0, 9f), (1, 3f)], items.Zip(scores).Take(count));
    }

    [Theory, InlineData("flat"), InlineData("int8"), InlineData("bfloat16")]
    public void Long_and_short_histories_are_left_out_alike(string kind)
    {
        var model = new SumOfHistory(SumOfHistory.Drawn(1000, 6, 1));
        var recommender = new IndexRetriever(
            model, IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(model.ItemEmbeddings, new())).AsPipeline();
        foreach (int length in new[] { 1, 255, 256, 257, 900 })
        {
            var query = new Query(-1, Enumerable.Range(0, length).Append(0).ToArray());
            Assert.Equal(model.AsPipeline().Recommend(query, 20).Select(c => c.Item), recommender.Recommend(query, 20).Select(c => c.Item));
        }
    }

    [Fact]
    public void The_effort_is_handed_on()
    {
        var model = new SumOfHistory(SumOfHistory.Drawn(20, 3, 1));
        var index = new FakeIndex(Flat(model.ItemEmbeddings), _ => 0);
        new IndexRetriever(model, index, effort: 48).AsPipeline().Recommend(new(-1, new[] { 0 }), 3);
        Assert.Equal(48, index.LastEffort);
    }

    [Fact]
    public void An_index_of_something_else_is_refused()
    {
        var model = new SumOfHistory(SumOfHistory.Drawn(5, 3, 1));
        Assert.Throws<ArgumentException>(() => new IndexRetriever(model, Flat(model.ItemEmbeddings, IndexMetric.Cosine)));
        Assert.Throws<ArgumentException>(() => new IndexRetriever(model, Flat(SumOfHistory.Drawn(5, 4, 1))));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IndexRetriever(model, Flat(model.ItemEmbeddings), effort: -1));
    }
}
