using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Indexes.Quantized;
using Kindred.Retrieval.Sources;
using Kindred.Storage;

namespace Kindred.Tests.Retrieval;

/// <summary>Whoever makes lists finds the best of what is allowed, not what is allowed of the best.</summary>
public sealed class AllowedItemsTests
{
    private const int Items = 200;

    private static readonly SumOfHistory Model = new(SumOfHistory.Drawn(Items, 8, 3));

    private static readonly BitSet Thirds = BitSet.Where(Items, item => item % 3 == 0);

    private static readonly Query Asked = new(-1, new[] { 3, 50 }) { Allowed = Thirds };

    /// <summary>The same scores without embeddings.</summary>
    private sealed class Plain : IModel
    {
        public Vocabulary Items => Model.Items;

        public void Score(in Query query, Span<float> scores) => ((IModel)Model).Score(query, scores);

        public void Save(TensorWriter writer) { }
    }

    public static TheoryData<string> Recommenders =>
        ["embeddings", "scores", "flat", "int8", "pipeline of a model", "pipeline of an index", "fallback"];

    private static Pipeline Of(string name) => name switch
    {
        "embeddings" => Model.AsPipeline(),
        "scores" => new Plain().AsPipeline(),
        "flat" => new IndexRetriever(Model, new FlatIndex.Builder().Build(Model.ItemEmbeddings, new())).AsPipeline(),
        "int8" => new IndexRetriever(Model, new QuantizedIndex.Builder().Build(Model.ItemEmbeddings, new())).AsPipeline(),
        "pipeline of a model" => new Pipeline([new Source("model", new ModelRetriever(Model))], [new ExcludeSeen()]),
        "pipeline of an index" => new Pipeline(
            [new Source(
                "model", new IndexRetriever(Model, new FlatIndex.Builder().Build(Model.ItemEmbeddings, new())))], [new ExcludeSeen()]),
        _ => new Pipeline([Model.AsFallback()], [new ExcludeSeen()]),
    };

    [Theory, MemberData(nameof(Recommenders))]
    public void A_list_is_the_best_of_what_is_allowed_without_the_history(string name)
    {
        var scores = new float[Items];
        ((IModel)Model).Score(Asked, scores);
        int[] expected = [.. Enumerable.Range(0, Items).Where(
            item => item % 3 == 0 && item is not (3 or 50)).OrderByDescending(item => scores[item]).Take(12)];
        var list = Of(name).Recommend(Asked, 12);
        Assert.Equal(expected, list.Select(c => c.Item));
        Assert.All(list, c => Assert.Equal(scores[c.Item], c.Score, 1e-4));
    }

    [Theory, MemberData(nameof(Recommenders))]
    public void A_list_ends_where_nothing_more_is_allowed(string name)
    {
        var few = Asked with { Allowed = BitSet.Of(Items, [3, 9, 10]) };
        Assert.Equal([9, 10], Of(name).Recommend(few, 12).Select(c => c.Item).Order());
        Assert.Empty(Of(name).Recommend(Asked with { Allowed = BitSet.None(Items) }, 12));
    }

    [Fact]
    public void Queries_that_are_answered_together_keep_their_own_filters()
    {
        var lists = new RankedLists();
        Model.AsPipeline().RecommendAll([Asked, Asked with { Allowed = null }, Asked with { Allowed = BitSet.Of(Items, [7]) }], 5, lists);
        for (int n = 0; n < 5; n++) Assert.Equal(0, lists.ItemsOf(0)[n] % 3);
        Assert.Equal(Model.AsPipeline().Recommend(Asked with { Allowed = null }, 5).Select(c => c.Item), lists.ItemsOf(1).ToArray());
        Assert.Equal([7], lists.ItemsOf(2).ToArray());
    }

    [Fact]
    public void A_pipeline_answers_nothing_that_is_not_allowed_whatever_its_retrievers_do()
    {
        var pipeline = new Pipeline([new Source("careless", new Careless())], []);
        Assert.Equal([3], pipeline.Recommend(new(-1, default) { Allowed = Thirds }, 5).Select(c => c.Item));
    }

    private sealed class Careless : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            for (int n = 0; n < 4; n++) (items[n], scores[n]) = (4 - n, 4 - n);
            return 4;
        }
    }

    [Fact]
    public void Items_like_an_item_are_among_those_allowed()
    {
        foreach (IModel model in new IModel[] { Model, new Plain() })
        {
            var similar = new SimilarItems(model, "model");
            var all = similar.Find(3, Items).Select(c => c.Item);
            Assert.Equal(all.Where(item => item % 3 == 0).Take(7), similar.Find(3, 7, Thirds).Select(c => c.Item));
        }
    }
}
