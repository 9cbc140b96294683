using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Limits;
using Kindred.Tests.Reranking;

namespace Kindred.Tests.Pipelines;

/// <summary>A fallback stands behind the other sources, and inside the pipeline.</summary>
public sealed class FallbackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Proposes what it is told, best first.</summary>
    private sealed class Fixed(params (int Item, float Score)[] list) : IRetriever
    {
        public List<int> Asked { get; } = [];

        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            Asked.Add(items.Length);
            int count = Math.Min(list.Length, items.Length);
            for (int n = 0; n < count; n++) (items[n], scores[n]) = list[n];
            return count;
        }
    }

    /// <summary>Removes some items, as a rule does.</summary>
    private sealed class Bans(params int[] items) : IStage
    {
        public bool HoldsForFallback => true;

        public void Apply(in Query query, Candidates candidates) => candidates.KeepWhere(place => !items.Contains(candidates.Items[place]));
    }

    /// <summary>Turns the order around, as a ranker may; keeps what it saw.</summary>
    private sealed class Reverses : IStage
    {
        public List<int[]> Saw { get; } = [];

        public void Apply(in Query query, Candidates candidates)
        {
            Saw.Add(candidates.Items.ToArray());
            for (int place = 0; place < candidates.Count; place++) candidates.Scores[place] = place;
            candidates.Sort();
        }
    }

    private static readonly Query Nobody = new(-1, default), HadOneAndSeven = new(-1, new[] { 1, 7 });

    private static readonly (int, float)[] Popular = [(4, 900f), (7, 800f), (9, 700f), (8, 600f)];

    private static Source Own(params (int Item, float Score)[] list) => new("model", new Fixed(list), 1);

    private static Source Fallback(IRetriever? retriever = null) =>
        new("popularity", retriever ?? new Fixed(Popular), 0) { IsFallback = true };

    private static (int, string)[] Of(IReadOnlyList<Candidate> list) => [.. list.Select(candidate => (candidate.Item, candidate.Source))];

    /// <summary>The model's scores are below all of popularity's; item 4, which both propose, is the model's.</summary>
    [Fact]
    public void It_stands_behind_whatever_its_scores_and_repeats_nothing()
    {
        var pipeline = new Pipeline([Fallback(), Own((3, .1f), (4, .05f))], Array.Empty<Stage>());
        Assert.Equal(["model", "popularity"], pipeline.Sources);
        Assert.Equal([(3, "model"), (4, "model"), (7, "popularity"), (9, "popularity")], Of(pipeline.Recommend(Nobody, 4)));
        Assert.Equal([.1f, .05f, 800, 700], pipeline.Recommend(Nobody, 4).Select(candidate => candidate.Score));
        Assert.Equal(
            [(4, "popularity"), (7, "popularity")], Of(new Pipeline([Own(), Fallback()], Array.Empty<Stage>()).Recommend(Nobody, 2)));
    }

    [Fact]
    public void It_is_asked_only_where_the_others_cannot_fill_the_list()
    {
        var fallback = new Fixed(Popular);
        var pipeline = new Pipeline([Own((3, .1f), (5, .05f)), Fallback(fallback)], [new Bans(5)]);
        pipeline.Recommend(Nobody, 1);
        Assert.Empty(fallback.Asked);
        Assert.Equal([(3, "model"), (4, "popularity")], Of(pipeline.Recommend(Nobody, 2))); // the stage left one
        Assert.Equal([4], fallback.Asked); // as many as wanted, and as many as may be there already
        Assert.Equal(1, pipeline.Run(Nobody, null, candidates => candidates.Count)); // all that the others have to say
    }

    [Fact]
    public void What_rules_remove_it_does_not_put_back()
    {
        var pipeline = new Pipeline([Own((1, .3f), (3, .1f)), Fallback()], [new ExcludeSeen(), new Bans(4, 9)]);
        Assert.Equal([(3, "model"), (8, "popularity")], Of(pipeline.Recommend(HadOneAndSeven, 10)));
    }

    [Fact]
    public void Seen_items_come_again_where_they_are_kept() =>
        Assert.Equal(
            [4, 7, 9, 8], new Pipeline([Own(), Fallback()], Array.Empty<Stage>()).Recommend(HadOneAndSeven, 10).Select(c => c.Item));

    [Fact]
    public void Kept_is_what_is_said_to_be_kept()
    {
        var pipeline = new Pipeline([Own((3, .1f)), Fallback()], [new Truncate { Count = 2 }.Bind()]);
        Assert.Equal([(3, "model"), (4, "popularity")], Of(pipeline.Recommend(Nobody, 10)));
    }

    /// <summary>3 and 5 are the model's, turned around; the fallback's items stay as they stood.</summary>
    [Fact]
    public void What_orders_by_taste_does_not_see_it()
    {
        var ranker = new Reverses();
        var pipeline = new Pipeline([Own((3, .1f), (5, .05f)), Fallback()], [ranker]);
        Assert.Equal([(5, "model"), (3, "model"), (4, "popularity"), (7, "popularity")], Of(pipeline.Recommend(Nobody, 4)));
        Assert.All(ranker.Saw, items => Assert.Equal([3, 5], items));
    }

    /// <summary>Items 0 … 99, the most popular first; 20 of them, or all but every tenth, may not be shown.</summary>
    [Fact]
    public void What_stages_remove_of_it_is_replaced()
    {
        var popular = new Fixed([.. Enumerable.Range(0, 100).Select(item => (item, 100f - item))]);
        var banned = new Pipeline([Own(), Fallback(popular)], [new Bans([.. Enumerable.Range(0, 20)])]);
        Assert.Equal(Enumerable.Range(20, 10), banned.Recommend(Nobody, 10).Select(candidate => candidate.Item));
        Assert.Equal([10, 20, 40], popular.Asked);
        var sparse = new Pipeline(
            [Own((3, .1f)), Fallback(popular)], [new Bans([.. Enumerable.Range(0, 100).Where(item => item % 10 > 0 && item != 3)])]);
        Assert.Equal([(3, "model"), (0, "popularity"), (10, "popularity"), (20, "popularity")], Of(sparse.Recommend(Nobody, 4)));
        Assert.Equal(11, sparse.Recommend(Nobody, 50).Count); // all there are
    }

    /// <summary>Items 0 … 29 have one label, 30 … 39 another: at most two of each.</summary>
    [Fact]
    public void What_caps_remove_of_it_is_replaced()
    {
        var labels = LabelColumn.From([.. Enumerable.Range(0, 40).Select(item => item < 30 ? "a" : "b")]);
        var caps = new AttributeCaps { Count = 4, Limits = [new() { Labels = "kind", Most = 2 }] };
        var popular = new Fixed([.. Enumerable.Range(0, 40).Select(item => (item, 100f - item))]);
        var pipeline = new Pipeline([Own(), Fallback(popular)], [caps.Bind(Lists.Data(("kind", labels)))]);
        Assert.Equal([0, 1, 30, 31], pipeline.Recommend(Nobody, 4).Select(candidate => candidate.Item));
    }

    /// <summary>A list that a stage keeps short is no shorter for want of candidates.</summary>
    [Fact]
    public void It_is_not_asked_where_a_stage_keeps_the_list_short()
    {
        var popular = new Fixed(Popular);
        var pipeline = new Pipeline([Own((3, .1f), (5, .05f), (6, .01f)), Fallback(popular)], [new Truncate { Count = 2 }.Bind()]);
        Assert.Equal([3, 5], pipeline.Recommend(Nobody, 3).Select(candidate => candidate.Item));
        Assert.Empty(popular.Asked);
        Assert.Equal([3, 5], pipeline.Recommend(Nobody, 9).Select(candidate => candidate.Item));
        Assert.Single(popular.Asked);
    }

    [Fact]
    public void Its_items_are_explained_like_all_others()
    {
        var pipeline = new Pipeline([Own((3, .1f)), Fallback()], [new Stage("seen", new ExcludeSeen()), new Stage("rules", new Bans(4))]);
        var answer = pipeline.Answer(HadOneAndSeven, 2, whyNot: [4, 7, 8, 2], cancellationToken: Token);
        Assert.Equal([3, 9], answer.Items.Select(candidate => candidate.Item));
        Assert.Equal([new SourceTrace("popularity", 3, 700)], answer.Explanation!.Items[1].Sources);
        Assert.Equal(
            ["Removed by rules.", "Removed by seen: the user had it.", "Ranked 3 of 3; 2 were asked for.",
                "No source proposed it among its best."],
            answer.Explanation.Missing.Select(missing => missing.Verdict));
    }

    [Fact]
    public void Nothing_is_answered_that_is_not_allowed() =>
        Assert.Equal([9], new Pipeline([Own((3, .1f)), Fallback()], Array.Empty<Stage>())
            .Recommend(Nobody with { Allowed = BitSet.Of(10, [9, 2]) }, 5).Select(candidate => candidate.Item));

    [Fact]
    public void It_counts_for_no_rank_of_an_item_that_another_source_proposed()
    {
        var candidates = new Candidates(["a", "b", "popularity"], fallbacks: 1);
        candidates.Add(0, [3, 4], [2, 1]);
        candidates.Add(1, [4], [9]);
        candidates.Add(2, [4, 7, 3], [30, 20, 10]);
        candidates.Fuse();
        candidates.Sort();
        Assert.Equal([4, 3, 7], candidates.Items.ToArray());
        Assert.Equal([(1 / 62f) + (1 / 61f), 1 / 61f, 20], candidates.Scores.ToArray());
        Assert.Equal([2, 1, 0], Enumerable.Range(0, 3).Select(candidates.SourcesOf));
        Assert.Equal([1, 0, 2], Enumerable.Range(0, 3).Select(candidates.BestSourceOf));
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(candidates.IsFromFallback));
    }

    [Fact]
    public void Many_queries_together_get_what_each_gets_alone()
    {
        var lists = new RankedLists();
        foreach (var pipeline in new[]
        {
            new Pipeline([Own((1, .9f), (3, .1f), (4, .05f)), Fallback()], [new ExcludeSeen()]),
            new Pipeline([Own((1, .9f), (3, .1f), (4, .05f)), Fallback()], Array.Empty<Stage>()),
        })
        {
            pipeline.RecommendAll([Nobody, HadOneAndSeven, Nobody with { Allowed = BitSet.Of(10, [9, 3]) }], 4, lists);
            for (int n = 0; n < 3; n++)
            {
                var alone = pipeline.Recommend(
                    n == 0 ? Nobody : n == 1 ? HadOneAndSeven : Nobody with { Allowed = BitSet.Of(10, [9, 3]) }, 4);
                Assert.Equal(alone.Select(candidate => candidate.Item), lists.ItemsOf(n).ToArray());
                Assert.Equal(alone.Select(candidate => candidate.Score), lists.ScoresOf(n).ToArray());
            }
        }
    }

    [Fact]
    public void A_fallback_that_may_not_answer_is_refused() => Assert.Contains(
        "must always answer",
        Assert.Throws<ArgumentException>(
            () => new Pipeline([Own(), Fallback() with { Limit = TimeSpan.FromSeconds(1) }], Array.Empty<Stage>())).Message,
        StringComparison.Ordinal);
}
