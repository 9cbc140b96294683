using CsCheck;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Limits;

namespace Kindred.Tests.Reranking;

public sealed class AttributeCapsTests
{
    /// <summary>Five comedies, two dramas, one film of both, one of neither.</summary>
    private static readonly LabelColumn Genres = LabelColumn.From(
        [["Comedy"], ["Comedy"], ["Comedy"], ["Comedy"], ["Comedy"], ["Drama"], ["Drama"], ["Comedy", "Drama", "Comedy"], []]);

    private static readonly float[] Descending = [9, 8, 7, 6, 5, 4, 3, 2, 1];

    private static readonly LabelLimit OfGenres = new() { Labels = "genres" };

    private static IStage Of(int count, LabelLimit limit, LabelColumn labels) =>
        new AttributeCaps { Count = count, Limits = [limit] }.Bind(Lists.Data((limit.Labels, labels)));

    private static int[] After(int count, LabelLimit limit) => Lists.After(Of(count, limit, Genres), Lists.Of(Descending));

    [Fact]
    public void No_label_is_there_more_often_than_allowed()
    {
        Assert.Equal([0, 1, 5, 6], After(4, OfGenres with { Most = 2 }));
        Assert.Equal([0, 1, 5, 6, 8], After(9, OfGenres with { Most = 2 })); // no more fit, what has no label always does
        Assert.Equal([0, 1, 2, 5], After(4, OfGenres with { Most = 1, MostOf = new Dictionary<string, int> { ["Comedy"] = 3 } }));
        Assert.Equal([8], After(4, OfGenres with { Most = 0 }));
    }

    [Fact]
    public void Quotas_are_met_as_late_as_possible()
    {
        Assert.Equal([0, 1, 5, 6], After(4, OfGenres with { LeastOf = new Dictionary<string, int> { ["Drama"] = 2 } }));
        Assert.Equal([0, 5, 6, 7], After(4, OfGenres with { LeastOf = new Dictionary<string, int> { ["Drama"] = 3 } }));
    }

    [Fact]
    public void Equal_labels_stand_apart_as_long_as_there_are_others()
    {
        Assert.Equal([0, 5, 1, 6, 2, 8, 3, 4], After(8, OfGenres with { Gap = 1 })); // 3 and 4 have nobody left to stand between them
        Assert.Equal([0, 5, 8, 1, 6], After(5, OfGenres with { Gap = 2 }));
    }

    /// <summary>Of one film with both labels neither may be there more than once.</summary>
    [Fact]
    public void A_quota_that_cannot_be_met_is_told()
    {
        var told = new List<QuotaShortfall>();
        var limits = OfGenres with { LeastOf = new Dictionary<string, int> { ["Drama"] = 4, ["Comedy"] = 1 } };
        var caps = new AttributeCaps { Count = 6, Limits = [limits], OnShortfall = told.Add }.Bind(Lists.Data(("genres", Genres)));
        var list = Lists.After(caps, Lists.Of(Descending), new(3, default));
        Assert.Equal([0, 1, 2, 5, 6, 7], list);
        Assert.Equal([new QuotaShortfall(3, "genres", "Drama", 4, 3)], told);
    }

    [Fact]
    public void Limits_of_several_attributes_hold_together()
    {
        var makers = LabelColumn.From(["a", "a", "b", "a", "c", "a", "d", "e", "e"]);
        var caps = new AttributeCaps { Count = 4, Limits = [OfGenres with { Most = 2 }, new() { Labels = "maker", Most = 1 }] }
            .Bind(Lists.Data(("genres", Genres), ("maker", makers)));
        Assert.Equal([0, 2, 6, 8], Lists.After(caps, Lists.Of(Descending)));
    }

    [Fact]
    public void With_one_label_an_item_the_list_is_as_long_and_quotas_are_met_as_well_as_possible() => Gen.Int[0, 10_000].Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        int items = rng.NextInt(15), count = 1 + rng.NextInt(8);
        var labels = LabelColumn.From([.. Enumerable.Range(0, items).Select(_ => (string?)$"l{rng.NextInt(4)}")]);
        string[] names = [.. Enumerable.Range(0, labels.Labels.Count).Select(labels.Labels.Id)];
        var most = names.ToDictionary(name => name, _ => rng.NextInt(4));
        var least = names.ToDictionary(name => name, name => Math.Min(rng.NextInt(3), Math.Min(count, most[name])));
        var limits = new LabelLimit { Labels = "l", MostOf = most, LeastOf = least, Gap = rng.NextInt(3) };
        var list = Lists.After(Of(count, limits, labels), Lists.Of(Lists.Scores(rng, items)));

        int Have(IEnumerable<int> some, string name) => some.Count(item => labels.Labels.Id(labels[item][0]) == name);
        var all = Enumerable.Range(0, items).ToArray();
        Assert.Equal(Math.Min(count, names.Sum(name => Math.Min(most[name], Have(all, name)))), list.Length);
        Assert.Equal(list.Length, list.Distinct().Count());
        foreach (string name in names) Assert.True(Have(list, name) <= most[name]);
        var possible = names.ToDictionary(name => name, name => Math.Min(least[name], Have(all, name)));
        if (possible.Values.Sum() <= count) foreach (string name in names) Assert.True(Have(list, name) >= possible[name]);
    });

    [Fact]
    public void Maxima_hold_whatever_else_is_asked() => Gen.Int[0, 10_000].Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        var labels = Lists.Labels(rng, 20, 5, 3, least: 1);
        int most = 1 + rng.NextInt(3);
        var least = Enumerable.Range(0, labels.Labels.Count).Select(labels.Labels.Id)
            .ToDictionary(name => name, _ => rng.NextInt(most + 1));
        var limits = new LabelLimit { Labels = "l", Most = most, LeastOf = least, Gap = rng.NextInt(3) };
        var list = Lists.After(Of(5, limits, labels), Lists.Of(Lists.Scores(rng, 20)));
        Assert.InRange(list.Length, 1, 5);
        for (int label = 0; label < labels.Labels.Count; label++) Assert.True(list.Count(item => labels[item].Contains(label)) <= most);
        // and the list does not end while something fits
        var left = Enumerable.Range(0, 20).Except(list);
        if (list.Length < 5)
            Assert.DoesNotContain(left, item =>
                labels[item].ToArray().All(label => list.Count(other => labels[other].Contains(label)) < most));
    });

    [Fact]
    public void Limits_that_make_no_sense_are_refused()
    {
        string Message(Func<object> make) => Assert.Throws<InputException>(make).Message;
        Assert.Equal("leastOf names 'Horror', which is no label of genres; there are Comedy, Drama.",
            Message(() => Of(3, OfGenres with { LeastOf = new Dictionary<string, int> { ["Horror"] = 1 } }, Genres)));
        Assert.Equal("each of mostOf must be at least 0, one was -1.",
            Message(() => Of(3, OfGenres with { MostOf = new Dictionary<string, int> { ["Drama"] = -1 } }, Genres)));
        Assert.Equal("gap must be 0 to 10,000, was -1.", Message(() => Of(3, OfGenres with { Gap = -1 }, Genres)));
        Assert.Equal("most must be 0 to 10,000, was -2.", Message(() => Of(3, OfGenres with { Most = -2 }, Genres)));
        Assert.Equal("count must be 1 to 10,000, was 0.", Message(() => Of(0, OfGenres, Genres)));
        Assert.Equal("A list cannot have 3 or more of genres 'Drama' and 2 at most.",
            Message(() => Of(2, OfGenres with { LeastOf = new Dictionary<string, int> { ["Drama"] = 3 } }, Genres)));
    }
}
