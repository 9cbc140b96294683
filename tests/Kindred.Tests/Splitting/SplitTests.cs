using CsCheck;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class SplitTests
{
    private static readonly Part[] Marks = [Part.Train, Part.Validation, Part.Validation, Part.Test, Part.Test];

    [Fact]
    public void Repeats_of_what_the_user_already_had_are_left_out_and_counted()
    {
        // ann: tea (train), jam (validation), tea again (validation), jam again (test), salt (test)
        var split = Split.Of(EventList.Parse("ann: tea jam tea jam salt"), Marks, "By hand.");
        Assert.Equal(["tea"], ItemsOf(split.Train));
        Assert.Equal(["jam"], ItemsOf(split.Validation));
        Assert.Equal(["salt"], ItemsOf(split.Test));
        Assert.Equal(2, split.RepeatsLeftOut);
        Assert.Equal(1, split.Tuning.RepeatsLeftOut);
        Assert.Equal(1, split.Final.RepeatsLeftOut);
    }

    [Fact]
    public void The_final_model_learns_from_everything_before_the_test_part()
    {
        var split = Split.Of(EventList.Parse("ann: tea jam tea jam salt"), Marks, "By hand.");
        Assert.Equal(["tea", "jam", "tea"], ItemsOf(split.Final.Train));
        Assert.Same(split.Test, split.Final.Test);
        Assert.Same(split.Train, split.Tuning.Train);
        Assert.Equal("By hand. Measured on the test part.", split.Final.Protocol);
        Assert.Equal("By hand. Measured on the validation part.", split.Tuning.Protocol);
    }

    [Fact]
    public void An_item_that_another_user_had_is_not_a_repeat()
    {
        var split = Split.Of(EventList.Parse("ann: tea jam", "bob: jam tea"), [Part.Train, Part.Test, Part.Train, Part.Test], "By hand.");
        Assert.Equal(0, split.RepeatsLeftOut);
        Assert.Equal(2, split.Test.Histories.Count);
    }

    [Fact]
    public void A_missing_mark_is_refused() =>
        Assert.Throws<ArgumentException>(() => Split.Of(EventList.Parse("ann: tea jam"), [Part.Train], "By hand."));

    [Fact]
    public void Given_parts_take_the_validation_pairs_out_of_training()
    {
        var all = EventList.Parse("ann: tea jam salt", "bob: jam tea");
        var train = all.Where([true, true, false, true, true]);
        var split = Split.Given(
            train, all.Where([false, true, false, false, false]), all.Where([false, false, true, false, false]), "Published parts.");
        Assert.Equal(["tea", "jam", "tea"], ItemsOf(split.Train));
        Assert.Equal(["jam"], ItemsOf(split.Validation));
        Assert.Equal(["salt"], ItemsOf(split.Test));
        Assert.Same(train, split.Final.Train);
        Assert.Equal(0, split.RepeatsLeftOut);
    }

    [Fact]
    public void A_given_validation_part_outside_of_training_is_refused()
    {
        var all = EventList.Parse("ann: tea jam salt");
        var failure = Assert.Throws<InputException>(() =>
            Split.Given(
                all.Where([true, false, false]), all.Where([false, true, false]), all.Where([false, false, true]), "Published parts."));
        Assert.Contains("1 of its events", failure.Message);
    }

    [Fact]
    public void Every_splitter_loses_nothing_and_asks_for_nothing_the_user_had() => SomeEvents.Sample(interactions =>
    {
        foreach (ISplitter splitter in new ISplitter[]
        {
            new LeaveLastOut(), new GlobalTimeSplit { TestFraction = .3 }, new RandomSplit { Seed = 7, TestFraction = .3 },
            new RandomSplit { ValidationFraction = 0 },
            new LeaveLastOut { Last = 2 }, new UserHoldout { Seed = 3, TestFraction = .3 },
            new UserHoldout { KnownFraction = .3, ValidationFraction = 0 },
            new GlobalTimeSplit { TestFraction = .3, Gap = TimeSpan.FromSeconds(2) },
            new GlobalTimeSplit { TestDays = 5 / 86400.0, ValidationDays = 4 / 86400.0, Gap = TimeSpan.FromSeconds(1) },
        })
        {
            Split split;
            try { split = splitter.Split(interactions); }
            catch (InputException) { continue; } // too few moments for a time cut, or users to hold out
            foreach (var cut in new[] { split, split.WithCore(new() { MinUser = 2, MinItem = 2 }) })
            {
                Assert.Equal(
                    interactions.Histories.Count,
                    cut.Train.Histories.Count + cut.Validation.Histories.Count + cut.Test.Histories.Count + cut.RepeatsLeftOut +
                    cut.GapLeftOut + cut.KnownOnly + cut.CoreLeftOut);
                AssertDisjoint(cut.Tuning);
                AssertDisjoint(cut.Final);
            }
            Assert.Same(interactions.Users, split.Test.Users);
            Assert.Same(interactions.Items, split.Test.Items);
        }
    });

    internal static string[] ItemsOf(Interactions interactions) =>
        [.. interactions.Histories.Items.ToArray().Select(interactions.Items.Id)];

    private static void AssertDisjoint(Holdout holdout)
    {
        for (int user = 0; user < holdout.Train.Users.Count; user++)
        {
            int[] asked = holdout.Test.Histories.ItemsOf(user).ToArray();
            Assert.Empty(holdout.Train.Histories.ItemsOf(user).ToArray().Intersect(asked));
            Assert.Empty(holdout.Known.Histories.ItemsOf(user).ToArray().Intersect(asked));
        }
    }

    /// <summary>3 to 60 events of up to 8 users and 12 items within 20 seconds: many ties, many repeats.</summary>
    internal static Gen<Interactions> SomeEvents { get; } =
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 11], Gen.Long[0, 20]).Array[3, 60]
            .Select(events => EventList.Of(events.Select(e => ($"u{e.Item1}", $"i{e.Item2}", e.Item3, 1f))));
}
