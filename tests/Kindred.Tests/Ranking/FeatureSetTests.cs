using CsCheck;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;

namespace Kindred.Tests.Ranking;

public sealed class FeatureSetTests
{
    private const long Day = 86_400;

    // user 0: item 0 on day 0, item 1 on day 10; user 1: item 1 on day 39, item 2 on day 40
    private static readonly Interactions Data = new Interactions(
        new Vocabulary(["u", "v"]), new Vocabulary(["0", "1", "2", "3"]),
        new Histories(new[] { 0, 2, 4 }, new[] { 0, 1, 1, 2 }, new long[] { 0, 10 * Day, 39 * Day, 40 * Day }, new float[] { 1, 1, 1, 1 }))
        .With(
            Labels(2, ("country", LabelColumn.From(["de", "fr"]))),
            Labels(4, ("genre", LabelColumn.From([["a"], ["a", "b"], ["b"], Array.Empty<string>()]))) with
            {
                Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new float[] { 1990, 2000, float.NaN, 2020 }) },
            },
            Labels(4, ("device", LabelColumn.From(["tv", "phone", "tv", null]))) with
            {
                Numbers = new Dictionary<string, NumberColumn> { ["volume"] = new(new float[4]) },
            });

    private static readonly string[] Sources = ["x", "y"];

    private static readonly Dictionary<string, Matrix> Embeddings = new()
    {
        ["als"] = new(4, 2, new float[] { 2, 0, 0, 3, 1, 1, 0, 0 }),
    };

    private static Catalog Labels(int rows, params (string Name, LabelColumn Column)[] columns) =>
        Catalog.Empty(rows) with { Labels = columns.ToDictionary(c => c.Name, c => c.Column) };

    private static float[] Column(string name, Query query, bool isServing = false)
    {
        var candidates = new Candidates(Sources);
        candidates.Add(0, [1, 2], [5f, 4f]);
        candidates.Add(1, [2, 3, 0], [.3f, .2f, .1f]);
        var rows = new Matrix(6, 2);
        new FeatureSet([name, "sources"], Data, Sources, Embeddings) { IsServing = isServing }.Write(query, candidates, rows);
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
    [InlineData("context.hour", new[] { float.NaN, float.NaN, float.NaN, float.NaN })]
    [InlineData("similarity:als", new[] { 0.70711f, 1f, float.NaN, 0.70711f })] // the history's mean direction is (½, ½)
    [InlineData("similarity.last:als", new[] { 1f, 0.70711f, float.NaN, 0f })]
    public void A_feature_is_what_its_name_says(string name, float[] expected) => AssertNear(expected, Column(name, Query.Of(Data, 0)));

    /// <summary>The beginning of day 39, a Monday: of item 1 the event of day 10 counts, that of this very second does not.</summary>
    [Theory]
    [InlineData("item.events", new[] { 1f, 0f, 0f, 1f })]
    [InlineData("item.events:5", new[] { 0f, 0f, 0f, 0f })]
    [InlineData("item.events:30", new[] { 1f, 0f, 0f, 0f })]
    [InlineData("item.age", new[] { 29f, float.NaN, float.NaN, 39f })]
    [InlineData("user.idle", new[] { 29f, 29f, 29f, 29f })]
    [InlineData("context.hour", new[] { 0f, 0f, 0f, 0f })]
    [InlineData("context.weekday", new[] { 1f, 1f, 1f, 1f })]
    [InlineData("context.volume", new[] { .5f, .5f, .5f, .5f })]
    public void What_is_counted_is_counted_before_the_moment(string name, float[] expected)
    {
        var context = new QueryContext { Time = 39 * Day, Numbers = new Dictionary<string, float> { ["volume"] = .5f } };
        AssertNear(expected, Column(name, Query.Of(Data, 0) with { Context = context }));
    }

    /// <summary>
    /// The data end on day 40. Five days later counts are still those of their end, but the user, whose history goes on, was there a day
    /// ago.
    /// </summary>
    [Fact]
    public void What_came_after_the_data_is_not_taken_for_silence()
    {
        var query = Query.Of(Data, 0) with { Context = new() { Time = 45 * Day } };
        AssertNear([1, 1, 0, 0], Column("item.events:4", query, isServing: true));
        AssertNear([0, 0, 0, 0], Column("item.events:4", query));
        AssertNear([35, 35, 35, 35], Column("user.idle", query, isServing: true));
        var live = new Query(0, new[] { 0, 1, 2 }) { Times = new[] { 0, 10 * Day, 44 * Day } };
        AssertNear([1, 1, 1, 1], Column("user.idle", live with { Context = query.Context }, isServing: true));
        AssertNear([0, 0, 0, 0], Column("user.idle", live, isServing: true)); // of when it is asked nothing is known
    }

    [Fact]
    public void A_category_is_numbered_by_its_text()
    {
        QueryContext On(params string[] devices) =>
            new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["device"] = devices } };
        float[] tv = Column("context.device", default(Query) with { Context = On("tv") }),
            radio = Column("context.device", default(Query) with { Context = On("radio", "tv") });
        Assert.NotEqual(tv[0], radio[0]); // a label of no event has a number too
        Assert.All([tv[0], radio[0]], number => Assert.InRange(number, 0, 4095));
        Assert.Equal(float.NaN, Column("context.device", default(Query) with { Context = On() })[0]);
        Assert.Equal([1], new FeatureSet(["sources", "context.device", "context.hour"], Data, Sources).Categorical);
    }

    /// <summary>
    /// Pairs of (country, genre): de with a, a, b; fr with a, b, b. So p(a) = p(b) = ½, and for de ln[(2 + 10) / (23 / 2)] with a,
    /// ln[(1 + 10) / (23 / 2)] with b; item 1 has both, item 3 none.
    /// </summary>
    [Fact]
    public void A_cross_says_how_much_more_often_labels_go_together()
    {
        float a = MathF.Log(12 / 11.5f), b = MathF.Log(11 / 11.5f);
        AssertNear([(a + b) / 2, b, float.NaN, a], Column("cross:user.country*item.genre", Query.Of(Data, 0)));
        var french = new QueryContext { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.country"] = ["fr"] } };
        AssertNear([(a + b) / 2, a, float.NaN, b], Column("cross:user.country*item.genre", Query.Of(Data, 0) with { Context = french }));
        AssertNear([float.NaN, float.NaN, float.NaN, float.NaN], Column("cross:user.country*item.genre", new(-1, default)));
        // until day 10 there was de with a, once
        float alone = Column("cross:user.country*item.genre", Query.Of(Data, 0) with { Context = new() { Time = 10 * Day } })[3];
        Assert.Equal(0, alone, 1e-6);
        // devices: tv with a, a, b; phone with a, b; so p(a) = .6
        var tv = new QueryContext { Labels = new Dictionary<string, IReadOnlyList<string>> { ["device"] = ["tv"] } };
        AssertNear([MathF.Log(14 / 13.8f)], Column("cross:context.device*item.genre", Query.Of(Data, 0) with { Context = tv })[3..]);
        Assert.Equal(4, Column("cross:context.weekday*item.genre", Query.Of(Data, 0) with { Context = new() { Time = 39 * Day } }).Length);
    }

    /// <summary>Whatever happens from a moment on, what is asked at that moment has the same row, to the bit.</summary>
    [Fact]
    public void Nothing_later_than_the_moment_changes_a_row()
    {
        const int Users = 4, Items = 6;
        var users = new Vocabulary(["0", "1", "2", "3"]);
        var items = new Vocabulary(["0", "1", "2", "3", "4", "5"]);
        var countries = Labels(Users, ("country", LabelColumn.From(["de", "fr", null, "de"])));
        var genres = Labels(Items, ("genre", LabelColumn.From([["a"], ["a", "b"], ["b"], Array.Empty<string>(), ["c"], ["a", "c"]])));
        Interactions Of(IEnumerable<(int User, int Item, int Hour)> events)
        {
            var sorted = events.OrderBy(e => e.User).ThenBy(e => e.Hour).ThenBy(e => e.Item).ToArray();
            int[] starts = [.. Enumerable.Range(0, Users + 1).Select(user => sorted.Count(e => e.User < user))];
            var histories = new Histories(starts, sorted.Select(e => e.Item).ToArray(), sorted.Select(e => e.Hour * 3600L).ToArray(),
                sorted.Select(_ => 1f).ToArray());
            return new Interactions(users, items, histories).With(countries, genres);
        }
        var oneEvent = Gen.Select(Gen.Int[0, Users - 1], Gen.Int[0, Items - 1], Gen.Int[0, 400]);
        Gen.Select(oneEvent.Array[1, 40], oneEvent.Array[0, 20], Gen.Int[1, 400], Gen.Int[0, Users - 1])
            .Sample((happened, later, hour, user) =>
        {
            var before = happened.Where(e => e.Item3 < hour).ToArray();
            // the same past, and another future
            Interactions one = Of(happened),
                other = Of(before.Concat(later.Select(e => (e.Item1, e.Item2, hour + e.Item3))).Append((0, 0, hour)));
            string[] names = [.. FeatureSet.NamesFor(one, Sources), "item.events:1", "context.hour", "cross:context.hour*item.genre",
                "cross:context.weekday*item.genre"];
            var past = Of(before);
            var query = Query.Of(past, user) with { Context = new() { Time = hour * 3600L } };
            var candidates = new Candidates(Sources);
            candidates.Add(0, [0, 1, 2, 3, 4, 5], [6, 5, 4, 3, 2, 1]);
            Matrix first = new(Items, names.Length), second = new(Items, names.Length);
            new FeatureSet(names, one, Sources).Write(query, candidates, first);
            new FeatureSet(names, other, Sources).Write(query, candidates, second);
            Assert.Equal(first.Values.ToArray(), second.Values.ToArray());
        });
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int n = 0; n < expected.Length; n++) Assert.Equal(expected[n], actual[n], 2e-5);
    }

    [Fact]
    public void A_feature_named_twice_is_refused() => Assert.Equal(
        "The feature 'sources' is named twice.", Assert.Throws<InputException>(() => Column("sources", default)).Message);

    [Fact]
    public void Every_feature_that_there_is_can_be_made()
    {
        var names = FeatureSet.NamesFor(Data, Sources, Embeddings);
        foreach (string name in (string[])["match.genre", "item.events:30", "context.device", "similarity.last:als",
            "cross:user.country*item.genre"]) Assert.Contains(name, names);
        Assert.Equal(names, new FeatureSet(names, Data, Sources, Embeddings).Names);
    }

    [Theory]
    [InlineData("score:z", "The feature 'score:z' is of no source; there are x, y.")]
    [InlineData("item.color", null)]
    [InlineData("item.events:soon", null)]
    [InlineData("similarity:bpr", null)]
    [InlineData("cross:user.country", null)]
    [InlineData("cross:user.city*item.genre", null)]
    [InlineData("cross:user.country*item.year", null)]
    [InlineData("context.place", null)]
    public void What_is_no_feature_is_refused(string name, string? message) => Assert.Equal(
        message ?? $"There is no feature '{name}'; there are score:SOURCE, rank:SOURCE, sources, item.events, user.events, " +
            $"item.events:DAYS, item.age, user.idle, context.hour, context.weekday, item.year, match.genre, context.volume, " +
            $"context.device, similarity:als, similarity.last:als, cross:user.country*item.genre, cross:context.device*item.genre, " +
            $"cross:context.hour*item.genre, cross:context.weekday*item.genre.",
        Assert.Throws<InputException>(() => new FeatureSet([name], Data, Sources, Embeddings)).Message);

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        var candidates = new Candidates(Sources);
        candidates.Add(0, [1, 2], [5f, 4f]);
        var features = new FeatureSet(["sources"], Data, Sources);
        Assert.Throws<ArgumentException>(() => features.Write(default, candidates, new Matrix(1, 1)));
        Assert.Throws<ArgumentException>(() => features.Write(default, candidates, new Matrix(2, 2)));
    }

    /// <summary>
    /// The forest of ForestTests: .25, and 1 where the first feature is ≤ .5, else 2 where the second is ≤ .5, else 4. Its features are the
    /// item's events and the rank in y: item 1 (2 events, not in y: NaN goes left) 2.25, item 2 (1, first) 4.25, item 3 (0, second) 1.25,
    /// item 0 (1, third) 4.25.
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
            Assert.Throws<InputException>(() =>
                new ForestRanker(forest, new FeatureSet(["rank:y", "item.events"], Data, Sources))).Message);
    }
}
