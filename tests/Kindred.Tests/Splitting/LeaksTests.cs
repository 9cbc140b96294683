using Kindred.Data;
using Kindred.Numerics;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class LeaksTests
{
    private const int Items = 200;

    [Fact]
    public void A_column_that_counts_the_measured_events_is_named_and_one_that_counts_training_is_not()
    {
        var holdout = Independent();
        float[] train = CountsOf(holdout.Train), test = CountsOf(holdout.Test);
        var warnings = Leaks.InAttributes(
            Columns(("seen", train), ("all", [.. train.Zip(test, (a, b) => a + b)]), ("rank", [.. test.Select(count => -count)]),
                ("same", new float[Items])),
            holdout);
        Assert.Equal(2, warnings.Count);
        Assert.StartsWith("The item attribute 'all' correlates with the items' numbers of measured events more than their training " +
            "events explain", warnings[0]);
        Assert.StartsWith("The item attribute 'rank' correlates with", warnings[1]);
        Assert.Contains("(partial rank correlation -1.00)", warnings[1]);
    }

    [Fact]
    public void Unknown_values_are_left_out_and_few_items_say_nothing()
    {
        var holdout = Independent();
        float[] test = CountsOf(holdout.Test);
        float[] Known(int count) => [.. test.Select((value, item) => item < count ? value : float.NaN)];
        Assert.Empty(Leaks.InAttributes(Columns(("few", Known(40))), holdout));
        Assert.Single(Leaks.InAttributes(Columns(("enough", Known(100))), holdout));
        Assert.Empty(Leaks.InAttributes(Catalog.Empty(Items), holdout));
        Assert.Throws<ArgumentException>(() => Leaks.InAttributes(Catalog.Empty(Items - 1), holdout));
    }

    [Fact]
    public void A_filter_before_the_cut_is_said()
    {
        Assert.Empty(Leaks.InFilter(0, 1));
        Assert.Equal(
            [
                "Before the split, users with fewer than 5 events and items with fewer than 3 events were removed from all data, also " +
                "by their " +
                "measured events. This makes results look better than they are; remove them from the training part only.",
            ],
            Leaks.InFilter(5, 3));
        Assert.StartsWith("Before the split, items with fewer than 2 events were", Assert.Single(Leaks.InFilter(0, 2)));
    }

    [Fact]
    public void Partial_rank_correlation_by_hand()
    {
        // Ranks of x 1 2 3 4, of y 2 1 4 3, of z 1 2 4 3: ρ(xy) = 1 − 6·4/60 = .6, ρ(xz) = 1 − 6·2/60 = .8, ρ(yz): d = 1 1 0 0, .8
        // (.6 − .64) / (1 − .64) = −1/9
        Assert.Equal(-1 / 9.0, PartialCorrelation.Of([10, 20, 30, 40], [.2, .1, .4, .3], [1, 2, 9, 3]), 12);
        Assert.Equal([1, 3, 3, 3, 5], PartialCorrelation.Ranks([0, 7, 7, 7, 8]));
        Assert.Equal(0, PartialCorrelation.Of([1, 2, 3], [5, 5, 5], [3, 1, 2]));
        Assert.Equal(0, PartialCorrelation.Of([1, 2, 3], [3, 1, 2], [1, 2, 3]));
    }

    /// <summary>Training and test events of each item drawn apart: 1 to 10 of each.</summary>
    private static Holdout Independent()
    {
        var rng = new Rng(5);
        int user = 0;
        var events = Enumerable.Range(0, Items).SelectMany(item =>
            Enumerable.Repeat(1L, 1 + rng.NextInt(10)).Concat(Enumerable.Repeat(2L, 1 + rng.NextInt(10)))
                .Select(time => ($"u{user++}", $"i{item}", time, 1f)));
        return new GlobalTimeSplit { ValidationFraction = 0,
            TestFrom = DateTimeOffset.FromUnixTimeSeconds(2) }.Split(EventList.Of([.. events])).Final;
    }

    internal static float[] CountsOf(Interactions interactions) => [.. Groupings.EventsOf(interactions).Select(count => (float)count)];

    internal static Catalog Columns(params (string Name, float[] Values)[] columns) => Catalog.Empty(columns[0].Values.Length) with
    {
        Numbers = columns.ToDictionary(column => column.Name, column => new NumberColumn(column.Values)),
    };
}
