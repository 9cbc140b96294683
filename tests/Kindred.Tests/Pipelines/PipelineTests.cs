using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

public sealed class PipelineTests
{
    /// <summary>Proposes what it is told, best first.</summary>
    private sealed class Fixed(params (int Item, float Score)[] list) : IRetriever
    {
        public int Asked { get; private set; }

        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            Asked = items.Length;
            int count = Math.Min(list.Length, items.Length);
            for (int n = 0; n < count; n++) (items[n], scores[n]) = list[n];
            return count;
        }
    }

    private static readonly Query WithHistory = new(-1, new[] { 1, 7 });

    private static Source Of(string name, params (int Item, float Score)[] list) => new(name, new Fixed(list), 1);

    /// <summary>
    /// Item 4 is second of both: 2/62; item 3 first of a: 1/61; item 5 third of b: 1/63; item 1, first of b, is in the history.
    /// </summary>
    [Fact]
    public void Candidates_of_several_sources_are_ranked_by_the_ranks_they_have_there()
    {
        var pipeline = new Pipeline([Of("a", (3, .8f), (4, .2f)), Of("b", (1, 100f), (4, 90f), (5, 10f))], [new ExcludeSeen()]);
        var list = pipeline.Recommend(WithHistory, 10);
        Assert.Equal([(4, "a"), (3, "a"), (5, "b")], list.Select(c => (c.Item, c.Source)));
        Assert.Equal([2 / 62f, 1 / 61f, 1 / 63f], list.Select(c => c.Score));
        Assert.Equal([4, 3], pipeline.Recommend(WithHistory, 2).Select(c => c.Item));
    }

    [Fact]
    public void A_single_source_keeps_its_scores() => Assert.Equal(
        [new(3, .8f, "a"), new Candidate(4, .2f, "a")], new Pipeline([Of("a", (3, .8f), (4, .2f))], []).Recommend(WithHistory, 5));

    [Fact]
    public void Sources_are_asked_for_as_many_more_as_the_history_may_take_away()
    {
        var retriever = new Fixed((1, 4f), (7, 3f), (2, 2f), (3, 1f));
        Assert.Equal(
            [2, 3], new Pipeline([new Source("a", retriever, 1)], [new ExcludeSeen()]).Recommend(WithHistory, 2).Select(c => c.Item));
        Assert.Equal(4, retriever.Asked);
        new Pipeline([new Source("a", retriever, 9)], []).Recommend(WithHistory, 2);
        Assert.Equal(11, retriever.Asked);
    }

    [Fact]
    public void Two_sources_of_one_name_are_refused() => Assert.Throws<ArgumentException>(() => new Pipeline([Of("a"), Of("a")], []));

    [Fact]
    public void A_negative_count_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Pipeline([], []).Recommend(default, -1));
}
