using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Splitting;

namespace Kindred.Tests.Ranking;

public sealed class FeatureSetTests
{
    private const long Day = 86_400;

    // user 0: item 0 on day 0, item 1 on day 10; user 1: item 1 on day 39, item 2 on day 40
    private static readonly Interactions Data = new Interactions(
        new Vocabulary(["u", "v"]), new Vocabulary(["0", "1", "2", "3"]),
        new Histories(new[] { 0, 2, 4 }, new[] { 0, 1, 1, 2 }, new long[] { 0, 10 * Day, 39 * Day, 40 * Day }, new float[] { 1, 1, 1, 1 }))
        .With(null, new Catalog(
            4, new Dictionary<string, TextColumn>(),
            new Dictionary<string, NumberColumn> { ["year"] = new(new float[] { 1990, 2000, float.NaN, 2020 }) },
            new Dictionary<string, LabelColumn> { ["genre"] = LabelColumn.From([["a"], ["a", "b"], ["b"], Array.Empty<string>()]) }));

    private static readonly string[] Sources = ["x", "y"];

    private static float[] Column(string name, Query query)
    {
        var candidates = new Candidates(Sources);
        candidates.Add(0, [1, 2], [5f, 4f]);
        candidates.Add(1, [2, 3, 0], [.3f, .2f, .1f]);
        var rows = new Matrix(6, 2);
        new FeatureSet([name, "sources"], Data, Sources).Write(query, candidates, rows);
        return [.. Enumerable.Range(0, 4).Select(place => rows.Row(place)[0])];
    }

    /// <summary>The candidates are items 1, 2, 3, 0. User 0 had 0 and 1: label a in both, b in one of two.</summary>
    [Theory]
    [InlineData("score:x", new[] { 5f, 4f, float.NaN, float.NaN })]
    [InlineData("rank:y", new[] { float.NaN, 1f, 2f, 3f })]
    [InlineData("item.events", new[] { 2f, 1f, 0f, 1f })]
    [InlineData("item.events:5", new[] { 1f, 1f, 0f, 0f })]
    [InlineData("item.age", new[] { 30f, 0f, float.NaN, 40f })]
    [InlineData("item.year", new[] { 2000f, float.NaN, 2020f, 1990f })]
    [InlineData("user.events", new[] { 2f, 2f, 2f, 2f })]
    [InlineData("user.idle", new[] { 30f, 30f, 30f, 30f })]
    [InlineData("match.genre", new[] { 1f, 0.5f, float.NaN, 1f })]
    public void A_feature_is_what_its_name_says(string name, float[] expected) => Assert.Equal(expected, Column(name, Query.Of(Data, 0)));

    [Fact]
    public void A_feature_named_twice_is_refused() => Assert.Equal(
        "The feature 'sources' is named twice.", Assert.Throws<InputException>(() => Column("sources", default)).Message);

    [Fact]
    public void Every_feature_that_there_is_can_be_made()
    {
        var names = FeatureSet.NamesFor(Data, Sources);
        Assert.Contains("match.genre", names);
        Assert.Contains("item.events:30", names);
        Assert.Equal(names, new FeatureSet(names, Data, Sources).Names);
    }

    [Theory]
    [InlineData("score:z", "The feature 'score:z' is of no source; there are x, y.")]
    [InlineData("item.color", "There is no feature 'item.color'; there are score:SOURCE, rank:SOURCE, sources, item.events, user.events, item.events:DAYS, item.age, user.idle, item.year, match.genre.")]
    [InlineData("item.events:soon", "There is no feature 'item.events:soon'; there are score:SOURCE, rank:SOURCE, sources, item.events, user.events, item.events:DAYS, item.age, user.idle, item.year, match.genre.")]
    public void What_is_no_feature_is_refused(string name, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => new FeatureSet([name], Data, Sources)).Message);

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        var candidates = new Candidates(Sources);
        candidates.Add(0, [1, 2], [5f, 4f]);
        var features = new FeatureSet(["sources"], Data, Sources);
        Assert.Throws<ArgumentException>(() => features.Write(default, candidates, new Matrix(1, 1)));
        Assert.Throws<ArgumentException>(() => features.Write(default, candidates, new Matrix(2, 2)));
    }

    [Fact]
    public void Examples_are_the_candidates_and_what_became_of_them()
    {
        // everybody's last event is held out: user 0 took item 1, user 1 item 2
        Interactions Part(params bool[] keep) => new(Data.Users, Data.Items, Data.Histories.Where(keep));
        var holdout = Split.Given(Part(true, false, true, false), Part(false, false, false, false), Part(false, true, false, true), "by hand").Final;
        var pipeline = new Pipeline([new Source("x", new Fixed(1, 3), 5)], [new ExcludeSeen()]);
        var features = new FeatureSet(["item.events", "user.events"], holdout.Train, pipeline.Sources);
        var examples = RankingExamples.From(pipeline, features, holdout, 5, TestContext.Current.CancellationToken);
        Assert.Equal([2], examples.Groups); // user 1 had item 1, and item 2 was not proposed
        Assert.Equal([1, 0], examples.Labels);
        Assert.Equal([1, 1, 0, 1], examples.Rows.Values.ToArray()); // item 1 has one event left, user 0 too
        Assert.Equal(1, examples.Missed);
        var elsewhere = new Pipeline([new Source("x", new Fixed(3), 5)], []);
        Assert.StartsWith("No user took an item that the sources proposed", Assert.Throws<InputException>(
            () => RankingExamples.From(elsewhere, features, holdout, 5, TestContext.Current.CancellationToken)).Message);
    }

    /// <summary>
    /// The forest of ForestTests: .25, and 1 where the first feature is ≤ .5, else 2 where the second is ≤ .5, else 4. Its features are the item's events
    /// and the rank in y: item 1 (2 events, not in y: NaN goes left) 2.25, item 2 (1, first) 4.25, item 3 (0, second) 1.25, item 0 (1, third) 4.25.
    /// </summary>
    [Fact]
    public void A_ranker_scores_the_features_of_each_candidate_and_sorts()
    {
        var forest = Forest.Parse(ForestTests.Text).WithFeatures(["item.events", "rank:y"]);
        var candidates = new Candidates(Sources);
        candidates.Add(0, [1, 2], [5f, 4f]);
        candidates.Add(1, [2, 3, 0], [.3f, .2f, .1f]);
        var ranker = new ForestRanker(forest, new FeatureSet(["item.events", "rank:y"], Data, Sources));
        for (int round = 0; round < 2; round++) // its memory is used again
        {
            ranker.Apply(Query.Of(Data, 0), candidates);
            Assert.Equal([0, 2, 1, 3], candidates.Items.ToArray());
            Assert.Equal([4.25f, 4.25f, 2.25f, 1.25f], candidates.Scores.ToArray());
        }
        ranker.Apply(Query.Of(Data, 0), new Candidates(Sources));
        Assert.Equal(
            "The ranker was trained on item.events, rank:y; these features are rank:y, item.events. Train it again.",
            Assert.Throws<InputException>(() => new ForestRanker(forest, new FeatureSet(["rank:y", "item.events"], Data, Sources))).Message);
    }

    private sealed class Fixed(params int[] list) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores)
        {
            for (int n = 0; n < list.Length; n++) (items[n], scores[n]) = (list[n], list.Length - n);
            return list.Length;
        }
    }
}
