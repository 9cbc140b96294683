using Kindred.Data;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class DrawnValidationTests
{
    private static Split Given(Interactions all, params bool[] isTrain)
    {
        var empty = all.Where([.. isTrain.Select(_ => false)]);
        return Split.Given(all.Where(isTrain), empty, all.Where([.. isTrain.Select(train => !train)]), "By hand.");
    }

    private static string[] PairsOf(Interactions part) => [.. Enumerable.Range(0, part.Users.Count).SelectMany(user =>
        part.Histories.ItemsOf(user).ToArray().Select(item => $"{part.Users.Id(user)}{part.Items.Id(item)}"))];

    /// <summary>ann has 2 of 8 events in the test part, so 6 · 2 / 8 of those before, rounded; bob has 1 of 3; cid is in no test.</summary>
    [Fact]
    public void The_last_events_are_as_large_a_share_as_the_test_part_is()
    {
        var all = EventList.Parse("ann: a b c d e f g h", "bob: a b c", "cid: a b");
        var given = Given(all, [true, true, true, true, true, true, false, false, true, true, false, true, true]);
        var split = DrawnValidation.Of(given, PartDraw.Last, 0);
        Assert.Equal(["anne", "annf", "bobb"], PairsOf(split.Validation));
        Assert.Equal(["anna", "annb", "annc", "annd", "boba", "cida", "cidb"], PairsOf(split.Train));
        Assert.Equal(PairsOf(given.Final.Train), PairsOf(split.Final.Train));
        Assert.Contains("The validation part is the last events of each test user's training events", split.Tuning.Protocol);

        var random = DrawnValidation.Of(given, PartDraw.Random, 1);
        Assert.Equal(3, PairsOf(random.Validation).Length);
        Assert.Equal(PairsOf(random.Validation), PairsOf(DrawnValidation.Of(given, PartDraw.Random, 1).Validation));
        Assert.Contains(Enumerable.Range(0, 9), seed =>
            !PairsOf(DrawnValidation.Of(given, PartDraw.Random, seed).Validation).SequenceEqual(PairsOf(random.Validation)));
    }

    /// <summary>On films whose last events are the test part, only the last events before them are alike.</summary>
    [Fact]
    public void It_is_said_where_validation_and_test_are_not_alike()
    {
        var last = new LeaveLastOut { Last = 5 }.Split(MovieLensSmall.Load()).Final;
        var given = Split.Given(last.Train, last.Train.Where(new bool[last.Train.Histories.Count]), last.Test, "Films.");
        double random = DrawnValidation.PopularityOverlap(DrawnValidation.Of(given, PartDraw.Random, 0));
        double alike = DrawnValidation.PopularityOverlap(DrawnValidation.Of(given, PartDraw.Last, 0));
        Assert.True(Math.Abs(alike - .5) < Math.Abs(random - .5), $"{alike}, {random}");
        Assert.Contains(DrawnValidation.Checked(DrawnValidation.Of(given, PartDraw.Random, 0)).Tuning.Warnings,
            warning => warning.StartsWith("The validation part is not like the test part: ", StringComparison.Ordinal));
    }

    /// <summary>Validation is of a (2 training events) and b (1), test of a, a and b: (1.5 + 1.5 + .5) of 6 pairs.</summary>
    [Fact]
    public void Popularity_is_compared_over_all_pairs()
    {
        var all = EventList.Parse("p: a b", "q: a c", "r: d a b", "s: d a b");
        Interactions Events(params int[] places) => all.Where([.. Enumerable.Range(0, 10).Select(places.Contains)]);
        var train = Events(0, 1, 2, 3, 4, 7);
        var validation = Holdout.Of(train, Events(5, 6), "By hand.");
        var test = Holdout.Of(train, Events(5, 8, 9), "By hand.");
        Assert.Equal(3.5 / 6, DrawnValidation.PopularityOverlap(new(validation, test, "By hand.")), 12);
    }
}
