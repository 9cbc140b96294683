using System.Globalization;
using System.IO.Compression;
using Kindred.Data;
using Kindred.Splitting;
using Kindred.Tests.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>Each leak, planted in real data, is caught; an honest time cut of the same data gives none of the warnings.</summary>
public sealed class LeakTests
{
    private const string Future = "Training data leaks from the future";
    private const string NotYet = "Items leak from the future";

    [Fact]
    public void An_honest_time_cut_of_movielens_has_no_leak()
    {
        var films = MovieLensSmall.Load();
        foreach (var cut in new GlobalTimeSplit[] { new(), new() { TestFraction = .2 },
            new() { TestDays = 365, ValidationDays = 365, Gap = TimeSpan.FromDays(7) } })
        {
            var split = cut.Split(films);
            AssertHonest(split.Tuning);
            AssertHonest(split.Final);
        }
        foreach (var holdout in new RollingTimeSplit().Holdouts(films)) AssertHonest(holdout);
    }

    [Fact]
    public void Cuts_that_do_not_follow_time_leak_it()
    {
        foreach (var splitter in new ISplitter[] { new RandomSplit(), new LeaveLastOut(), new LeaveLastOut { Last = 5 },
            new UserHoldout() })
        {
            var split = splitter.Split(MovieLensSmall.Load());
            AssertLeaks(split.Tuning);
            AssertLeaks(split.Final);
            AssertLeaks(Holdout.Given(split.Final.Train, split.Test, "As if another program had cut it."));
        }
    }

    [Fact]
    public void Columns_computed_from_all_the_ratings_are_caught()
    {
        var films = MovieLensSmall.Load();
        foreach (var holdout in new[] { new GlobalTimeSplit().Split(films).Final, new RandomSplit().Split(films).Final })
        {
            var warnings = Leaks.InAttributes(
                LeaksTests.Columns(("count", LeaksTests.CountsOf(films)), ("mean", MeansOf(films)), ("year", Years(films))), holdout);
            Assert.Collection(warnings,
                count => Assert.StartsWith("The item attribute 'count' correlates with the items' numbers of measured events", count),
                mean => Assert.StartsWith("The item attribute 'mean' correlates with the items' mean weights in the measured part", mean));
        }
    }

    [Fact]
    public void Parts_that_overlap_are_caught()
    {
        var split = new GlobalTimeSplit().Split(MovieLensSmall.Load());
        var overlapping = Holdout.Given(split.Final.Train, MovieLensSmall.Load(), "Everything is asked for.");
        Assert.Equal(split.Final.Train.Histories.Count, overlapping.RepeatsLeftOut);
        Assert.Contains(overlapping.Warnings, w =>
            w.StartsWith($"The provided parts overlap: {overlapping.RepeatsLeftOut} test events are on an item", StringComparison.Ordinal));
    }

    /// <summary>Grocery as it is published: each user's last purchase is test, with times to the day. Its time cut is honest.</summary>
    [Fact]
    public void The_published_parts_of_grocery_leak_and_a_time_cut_of_the_same_does_not()
    {
        string folder = RealData.Folder("grocery");
        var rows = new[] { "train.csv.gz", "dev.csv", "test.csv" }
            .SelectMany((file, part) => Read(Path.Combine(folder, file)).Select(row => (row.User, row.Item, row.Time, (float)part + 1)))
                .ToArray();
        var all = EventList.Of(rows);
        Interactions Part(float mark) => all.Where([.. all.Histories.Weights.ToArray().Select(weight => weight == mark)]);
        var published = Holdout.Given(Part(1), Part(3), "ReChorus's parts.");
        Assert.Equal(rows.Length, all.Histories.Count);
        AssertLeaks(published);
        var split = new GlobalTimeSplit { TestDays = 90, ValidationDays = 90, Gap = TimeSpan.FromDays(1) }.Split(all);
        AssertHonest(split.Final);
        Assert.Equal(
            rows.Length,
            split.Train.Histories.Count + split.Validation.Histories.Count + split.Test.Histories.Count + split.RepeatsLeftOut
                + split.GapLeftOut);
        Assert.Equal(4, Groupings.TimeSlices(split.Final).Groups.Count);
    }

    private static void AssertLeaks(Holdout holdout)
    {
        Assert.Contains(holdout.Warnings, w => w.StartsWith(Future, StringComparison.Ordinal));
        Assert.Contains(holdout.Warnings, w => w.Contains(NotYet));
    }

    private static void AssertHonest(Holdout holdout)
    {
        Assert.DoesNotContain(holdout.Warnings, w =>
            w.StartsWith(Future, StringComparison.Ordinal) || w.Contains(NotYet) || w.Contains("overlap"));
        var items = LeaksTests.Columns(("count", LeaksTests.CountsOf(holdout.Train)), ("mean", MeansOf(holdout.Train)));
        Assert.Empty(Leaks.InAttributes(items, holdout));
    }

    /// <returns>[items]: mean weight; NaN without an event.</returns>
    private static float[] MeansOf(Interactions interactions)
    {
        float[] sums = new float[interactions.Items.Count], counts = LeaksTests.CountsOf(interactions);
        for (int e = 0; e < interactions.Histories.Count; e++)
            sums[interactions.Histories.Items.Span[e]] += interactions.Histories.Weights.Span[e];
        return [.. sums.Zip(counts, (sum, count) => sum / count)];
    }

    /// <returns>[items]: of release; NaN where unknown.</returns>
    private static float[] Years(Interactions films)
    {
        var years = new float[films.Items.Count];
        Array.Fill(years, float.NaN);
        foreach (string line in File.ReadLines(Path.Combine(RealData.MovieLensSmall, "movies.csv")).Skip(1))
        {
            string[] columns = line.Split(','); // a title may hold commas: the year is the last but one
            if (films.Items.TryGetIndex(columns[0], out int item)
                && float.TryParse(columns[^2], CultureInfo.InvariantCulture, out float year)) years[item] = year;
        }
        return years;
    }

    private static IEnumerable<(string User, string Item, long Time)> Read(string file)
    {
        using var stream = File.OpenRead(file);
        using var reader = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] columns = line.Split(',');
            yield return (columns[0], columns[1], long.Parse(columns[2], CultureInfo.InvariantCulture));
        }
    }
}
