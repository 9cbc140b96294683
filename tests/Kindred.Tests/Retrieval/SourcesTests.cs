using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval.Sources;

namespace Kindred.Tests.Retrieval;

/// <summary>Retrievers that need no embeddings.</summary>
public sealed class SourcesTests
{
    private const long Day = 86_400;

    // users 0 and 1 are of "de", user 2 of "fr"; items 0, 1 are "red", 2, 3 "blue", 4 both, 5 nothing
    private static readonly LabelColumn Countries = LabelColumn.From(["de", "de", "fr"]);
    private static readonly LabelColumn Colors = LabelColumn.From(
        [["red"], ["red"], ["blue"], ["blue"], ["red", "blue"], Array.Empty<string>()]);

    private static Interactions Data(bool times = true)
    {
        int[] items = [0, 2, 2, 3, 1, 1, 4];
        long[] days = [0, 10, 20, 20, 5, 5, 20];
        long[] seconds = [.. days.Select(day => day * Day)];
        return new(
            new Vocabulary(["a", "b", "c"]), new Vocabulary(["0", "1", "2", "3", "4", "5"]),
            new Histories(new[] { 0, 2, 4, 7 }, items, times ? seconds : default, new float[] { 1, 1, 1, 1, 1, 1, 1 }));
    }

    private static List<(int Item, float Score)> Ask(IRetriever retriever, Query query, int count = 10)
    {
        var (items, scores) = (new int[count], new float[count]);
        int found = retriever.Retrieve(query, items, scores);
        return [.. items.Take(found).Zip(scores)];
    }

    /// <summary>Half-life of 10 days from day 20: item 2 has ½ + 1, 3 and 4 one each, 1 twice 2^−1.5, 0 a quarter.</summary>
    [Fact]
    public void What_is_popular_lately_counts_less_with_age()
    {
        var popular = RecentPopularityRetriever.Of(Data(), TimeSpan.FromDays(10));
        var found = Ask(popular, new(-1, default));
        Assert.Equal([2, 3, 4, 1, 0], found.Select(pair => pair.Item));
        float[] expected = [1.5f, 1, 1, 0.70711f, 0.25f];
        for (int n = 0; n < 5; n++) Assert.Equal(expected[n], found[n].Score, 1e-5);
        Assert.Equal([4, 1], Ask(popular, new(-1, default) { Allowed = BitSet.Of(6, [1, 4, 5]) }).Select(pair => pair.Item));
        Assert.Equal([(1, 2f), (2, 2f)], Ask(RecentPopularityRetriever.Of(Data(times: false), TimeSpan.FromDays(10)), default, 2));
    }

    [Fact]
    public void What_is_popular_depends_on_what_one_likes_or_where_one_is()
    {
        var ofColor = RecentPopularityRetriever.OfItemLabels(Data(), null, Colors);
        Assert.Equal([1, 0, 4], Ask(ofColor, new(-1, new[] { 0, 1, 2 })).Select(pair => pair.Item));
        Assert.Equal([1, 2, 0, 3, 4], Ask(ofColor, new(-1, new[] { 5 })).Select(pair => pair.Item)); // of no label: everybody's
        var ofCountry = RecentPopularityRetriever.OfUserLabels(Data(), null, Countries);
        Assert.Equal([2, 0, 3], Ask(ofCountry, new(1, default)).Select(pair => pair.Item));
        Assert.Equal([1, 4], Ask(ofCountry, new(2, default)).Select(pair => pair.Item));
        Assert.Equal(5, Ask(ofCountry, new(-1, default)).Count);
    }

    /// <summary>
    /// Items 1 and 2 are neighbours of 0 with .5 and .25, item 2 of 1 with 1. After 0, 1 with a half-life of one event: .25; .125 + 1.
    /// </summary>
    [Fact]
    public void Neighbours_of_what_one_had_last_are_summed()
    {
        var table = new SimilarityTable(new[] { 0, 2, 3, 3 }, new[] { 1, 2, 2 }, new[] { 0.5f, 0.25f, 1f });
        Assert.Equal([(2, 1.125f), (1, 0.25f)], Ask(new NeighbourRetriever(table, halfLife: 1), new(-1, new[] { 0, 1 })));
        Assert.Equal([(2, 1f)], Ask(new NeighbourRetriever(table, recent: 1), new(-1, new[] { 0, 1 })));
        Assert.Equal([(1, 0.5f)], Ask(new NeighbourRetriever(table), new(-1, new[] { 0, 1, 7 }) { Allowed = BitSet.Of(3, [1]) }));
        Assert.Empty(Ask(new NeighbourRetriever(table), default));
    }

    /// <summary>After 3 (blue) and 4 (red and blue, the last one): red 1, blue 1 + ½.</summary>
    [Fact]
    public void What_shares_a_label_with_the_last_items_is_proposed()
    {
        var found = Ask(new SameLabelRetriever(Data(), Colors), new(-1, new[] { 3, 4 }));
        Assert.Equal([4, 2, 3, 1, 0], found.Select(pair => pair.Item));
        Assert.Equal(2.5, found[0].Score, 0.01);
        Assert.Equal(1.5, found[1].Score, 0.01);
        Assert.Equal(1, found[3].Score, 0.01);
        Assert.Equal([2, 3, 4], Ask(new SameLabelRetriever(Data(), Colors, recent: 1), new(-1, new[] { 4, 3 })).Select(pair => pair.Item));
        Assert.Empty(Ask(new SameLabelRetriever(Data(), Colors), new(-1, new[] { 5 })));
    }

    [Fact]
    public void New_items_come_by_the_day_they_were_first_seen()
    {
        Assert.Equal([3, 4, 2, 1, 0], Ask(new NewestItemsRetriever(Data()), default).Select(pair => pair.Item));
        Assert.Equal([2, 0], Ask(
            new NewestItemsRetriever(Data()), default(Query) with { Allowed = BitSet.Of(6, [0, 2, 5]) }).Select(pair => pair.Item));
        Assert.StartsWith(
            "The events have no times", Assert.Throws<InputException>(() => new NewestItemsRetriever(Data(times: false))).Message);
    }

    [Fact]
    public void What_one_had_last_comes_once_the_last_first() =>
        Assert.Equal([(3, 1f), (1, 0.5f)], Ask(new LastViewedRetriever(), new(-1, new[] { 0, 1, 3, 1, 3 }), 2));

    [Fact]
    public void What_was_seen_comes_again_after_a_while_or_at_once_where_it_may()
    {
        var query = new Query(-1, new[] { 0, 1, 2, 0 })
        {
            Times = new long[] { 1 * Day, 2 * Day, 9 * Day, 10 * Day },
            Context = new() { Time = 12 * Day },
        };
        int[] Left(ExcludeSeen stage, Query asked)
        {
            var candidates = new Candidates(["a"]);
            candidates.Add(0, [0, 1, 2, 3], [4f, 3f, 2f, 1f]);
            stage.Apply(asked, candidates);
            return candidates.Items.ToArray();
        }
        Assert.Equal([3], Left(new(), query));
        Assert.Equal([1, 3], Left(new() { Pause = TimeSpan.FromDays(10) }, query)); // item 0 was seen again
        Assert.Equal([1, 2, 3], Left(new() { Pause = TimeSpan.FromDays(3) }, query));
        Assert.Equal([3], Left(new() { Pause = TimeSpan.FromDays(3) }, query with { Context = null }));
        Assert.Equal([2, 3], Left(new() { Repeatable = BitSet.Of(4, [2]) }, query));
        Assert.Equal([0, 1, 2, 3], Left(new(), default));
    }
}
