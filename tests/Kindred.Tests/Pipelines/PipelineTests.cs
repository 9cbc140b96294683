using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

public sealed class PipelineTests
{
    /// <summary>Proposes what it is told, best first.</summary>
    private sealed class Fixed(string source, params (int Item, float Score)[] list) : IRetriever
    {
        public int Asked { get; private set; }

        public void Retrieve(in Query query, int count, Candidates candidates)
        {
            Asked = count;
            foreach (var (item, score) in list.Take(count)) candidates.Add(new(item, score, source));
        }
    }

    private static readonly Query WithHistory = new(-1, new[] { 1, 7 });

    [Fact]
    public void Candidates_of_all_retrievers_are_merged_by_their_best_score()
    {
        // item 4 comes from both: .9 of b counts, .2 of a does not; item 1 is in the history
        var pipeline = new Pipeline([new Fixed("a", (3, .8f), (4, .2f)), new Fixed("b", (1, 1f), (4, .9f), (5, .1f))], [new ExcludeHistory()]);
        Assert.Equal(
            [new(4, .9f, "b"), new(3, .8f, "a"), new Candidate(5, .1f, "b")],
            pipeline.Recommend(WithHistory, 10));
        Assert.Equal([4, 3], pipeline.Recommend(WithHistory, 2).Select(c => c.Item));
    }

    [Fact]
    public void Retrievers_are_asked_for_as_many_more_as_the_history_may_take_away()
    {
        var retriever = new Fixed("a", (1, 4f), (7, 3f), (2, 2f), (3, 1f));
        Assert.Equal([2, 3], new Pipeline([retriever], [new ExcludeHistory()]).Recommend(WithHistory, 2).Select(c => c.Item));
        Assert.Equal(4, retriever.Asked);
    }

    [Fact]
    public void The_fallback_stands_below_whatever_its_scores_and_repeats_nothing()
    {
        var first = new Pipeline([new Fixed("model", (3, .1f), (4, .05f))], []);
        var second = new Pipeline([new Fixed("popularity", (4, 900f), (8, 800f), (9, 700f))], []);
        var list = new WithFallback(first, second).Recommend(new(-1, default), 3);
        Assert.Equal([(3, "model"), (4, "model"), (8, "popularity")], list.Select(c => (c.Item, c.Source)));
        Assert.Equal([3], new WithFallback(first, second).Recommend(new(-1, default), 1).Select(c => c.Item));
    }

    [Fact]
    public void A_recommender_that_answers_one_by_one_answers_many_one_by_one()
    {
        var first = new Pipeline([new Fixed("model", (1, .9f), (3, .1f), (4, .05f))], [new ExcludeHistory()]);
        var second = new Pipeline([new Fixed("popularity", (4, 900f), (7, 800f), (9, 700f))], [new ExcludeHistory()]);
        var lists = new RankedLists();
        new WithFallback(first, second).Recommend([new(-1, default), WithHistory], 4, lists);
        Assert.Equal([1, 3, 4, 7], lists.ItemsOf(0));
        Assert.Equal([3, 4, 9], lists.ItemsOf(1));
        Assert.Equal([.1f, .05f, 700], lists.ScoresOf(1));
    }

    [Fact]
    public void A_negative_count_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Pipeline([], []).Recommend(default, -1));
}
