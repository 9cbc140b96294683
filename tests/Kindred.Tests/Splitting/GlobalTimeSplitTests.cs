using CsCheck;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class GlobalTimeSplitTests
{
    [Fact]
    public void The_last_tenth_is_test_and_the_tenth_before_it_validation()
    {
        // times 1 … 10, one event each, two users in turn
        var split = new GlobalTimeSplit().Split(EventList.Parse("ann: a@1 b@3 c@5 d@7 e@9", "bob: f@2 g@4 h@6 i@8 j@10"));
        Assert.Equal(["e"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["j"], SplitTests.ItemsOf(split.Test));
        Assert.Equal(8, split.Train.Histories.Count);
        Assert.Equal(9, split.Final.Train.Histories.Count);
        Assert.Equal(
            "Global time split: validation from 1970-01-01 00:00:09 UTC, test from 1970-01-01 00:00:10 UTC (80 / 10 / 10 % of the " +
            "events). " +
            "Repeated items are excluded.",
            split.Protocol);
    }

    [Fact]
    public void Events_of_one_second_stay_on_one_side()
    {
        // 10 events; the last tenth would cut the second 5 in the middle: all of its four events are test, then the second 4 is validation.
        var split = new GlobalTimeSplit().Split(EventList.Parse("ann: a@1 b@2 c@3 d@3 e@4 f@4 g@5 h@5 i@5 j@5"));
        Assert.Equal(["g", "h", "i", "j"], SplitTests.ItemsOf(split.Test));
        Assert.Equal(["e", "f"], SplitTests.ItemsOf(split.Validation));
    }

    [Fact]
    public void Events_of_one_moment_are_refused_without_blaming_an_option()
    {
        const string Refusal =
            "All events are of one moment, 1970-01-01 00:00:05 UTC, so that time cannot cut them; take --split random or leave-last.";
        var events = EventList.Parse("ann: a@5 b@5 c@5", "bob: a@5 d@5");
        Assert.Equal(Refusal, Assert.Throws<InputException>(() => new GlobalTimeSplit().Split(events)).Message);
        Assert.Equal(Refusal, Assert.Throws<InputException>(() => new RollingTimeSplit().Holdouts(events)).Message);
    }

    [Fact]
    public void A_cut_that_leaves_nothing_blames_the_option_that_made_it()
    {
        // two moments: the later one is test, the earlier one validation
        var two = EventList.Parse("ann: a@5 b@5 c@6", "bob: a@5 d@6");
        Refused(new(), "use a smaller ValidationFraction than 0.1,", "From", "Days", "gap");
        Refused(
            new() { ValidationFraction = 0, TestFraction = .9 }, "use a smaller TestFraction than 0.9,", "From", "Days", "Validation",
            "gap");
        Refused(new() { ValidationDays = 1 }, "make ValidationDays fewer,", "From", "Fraction", "Test");
        Refused(new() { TestFrom = DateTimeOffset.FromUnixTimeSeconds(5) }, "set TestFrom later,", "Fraction", "Days", "Validation");
        Refused(new() { TestDays = 1e-6 }, "TestDays = 1E-06 leaves no test part", "From", "Fraction");
        Refused(new() { Gap = TimeSpan.FromSeconds(1) }, "or the gap shorter,", "From", "Days");

        void Refused(GlobalTimeSplit cut, string says, params ReadOnlySpan<string> unsaid)
        {
            string refusal = Assert.Throws<InputException>(() => cut.Split(two)).Message;
            Assert.Contains(says, refusal);
            foreach (string word in unsaid) Assert.DoesNotContain(word, refusal);
        }
    }

    [Fact]
    public void Dates_take_the_place_of_fractions()
    {
        var split = new GlobalTimeSplit
        {
            ValidationFrom = DateTimeOffset.FromUnixTimeSeconds(3),
            TestFrom = DateTimeOffset.FromUnixTimeSeconds(5)
        }
            .Split(EventList.Parse("ann: a@1 b@2 c@3 d@4 e@5 f@6"));
        Assert.Equal(["a", "b"], SplitTests.ItemsOf(split.Train));
        Assert.Equal(["c", "d"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["e", "f"], SplitTests.ItemsOf(split.Test));
    }

    [Fact]
    public void Without_a_validation_fraction_there_is_no_validation_part()
    {
        var split = new GlobalTimeSplit { ValidationFraction = 0 }.Split(EventList.Parse("ann: a@1 b@2 c@3 d@4"));
        Assert.Equal(0, split.Validation.Histories.Count);
        Assert.Equal(["d"], SplitTests.ItemsOf(split.Test));
        Assert.Contains("The validation part is empty: nothing can be measured on it.", split.Tuning.Warnings);
        Assert.DoesNotContain("The validation part is empty: nothing can be measured on it.", split.Final.Warnings);
    }

    [Fact]
    public void Days_are_counted_back_from_the_last_event()
    {
        // one event at midnight of each day 1 … 10: the last 2 days are 9 and 10, the 3 before them 6 to 8
        var events = EventList.Of(Enumerable.Range(1, 10).Select(day => ("ann", $"day{day}", day * 86_400L, 1f)));
        var split = new GlobalTimeSplit { TestDays = 2, ValidationDays = 3 }.Split(events);
        Assert.Equal(["day9", "day10"], SplitTests.ItemsOf(split.Test));
        Assert.Equal(["day6", "day7", "day8"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["day1", "day2", "day3", "day4", "day5"], SplitTests.ItemsOf(split.Train));
    }

    [Fact]
    public void The_gaps_before_validation_and_before_test_are_nobodys()
    {
        // test from 10, so the final model learns up to 7; validation is 6 to 7, so the tuned model learns up to 3
        var split = new GlobalTimeSplit { ValidationFraction = .2, Gap = TimeSpan.FromSeconds(2) }
            .Split(EventList.Parse("ann: a@1 b@2 c@3 d@4 e@5 f@6 g@7 h@8 i@9 j@10"));
        Assert.Equal(["a", "b", "c"], SplitTests.ItemsOf(split.Train));
        Assert.Equal(["f", "g"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g"], SplitTests.ItemsOf(split.Final.Train));
        Assert.Equal(["j"], SplitTests.ItemsOf(split.Test));
        Assert.Equal(4, split.GapLeftOut);
        Assert.EndsWith("(30 / 20 / 10 % of the events), each 00:00:02 after the end of training. Items that the user has in training " +
            "are excluded.", split.Protocol);
    }

    [Fact]
    public void Without_validation_there_is_one_gap()
    {
        var split = new GlobalTimeSplit { ValidationFraction = 0, TestFraction = .2, Gap = TimeSpan.FromSeconds(2) }
            .Split(EventList.Parse("ann: a@1 b@2 c@3 d@4 e@5 f@6 g@7 h@8 i@9 j@10"));
        Assert.Equal((6, 2, 2), (split.Train.Histories.Count, split.GapLeftOut, split.Test.Histories.Count));
        Assert.Equal(6, split.Final.Train.Histories.Count);
    }

    [Fact]
    public void Two_ways_to_say_one_cut_exclude_each_other_and_wrong_lengths_are_refused()
    {
        var (events, date) = (EventList.Parse("ann: a@1 b@2 c@3"), DateTimeOffset.FromUnixTimeSeconds(3));
        Assert.Equal(
            "TestDays and TestFrom exclude each other; give one of them.", Refusal(new() { TestDays = 1, TestFrom = date }, events));
        Assert.Equal(
            "ValidationDays and ValidationFrom exclude each other; give one of them.",
            Refusal(new() { ValidationDays = 1, ValidationFrom = date }, events));
        Assert.Equal("TestDays must be > 0 and at most 1000000, was 0.", Refusal(new() { TestDays = 0 }, events));
        Assert.Equal("ValidationDays must be > 0 and at most 1000000, was NaN.", Refusal(new() { ValidationDays = double.NaN }, events));
        Assert.Equal("Gap must be >= 0, was -00:00:01.", Refusal(new() { Gap = TimeSpan.FromSeconds(-1) }, events));
        Assert.Contains("leaves no training part", Refusal(new() { TestDays = 1 }, events));
        Assert.Contains("The cut at 0001-01-01", Refusal(new() { ValidationDays = 1_000_000 }, events));
        Assert.Contains("make TestDays fewer", Refusal(new() { TestDays = 1 }, events));
        Assert.Contains("with a gap of 1 day leaves no training part", Refusal(new() { Gap = TimeSpan.FromDays(1) }, events));
        Assert.Contains("last training moment before the test part", Refusal(
            new() { TestFrom = date, ValidationFrom = date, Gap = TimeSpan.FromSeconds(1) }, events));
    }

    [Fact]
    public void No_training_event_is_as_late_as_a_test_event() => SplitTests.SomeEvents.Sample(interactions =>
    {
        Split split;
        try { split = new GlobalTimeSplit { TestFraction = .2, ValidationFraction = .2 }.Split(interactions); }
        catch (InputException) { return; }
        Assert.True(split.Train.Histories.Count > 0);
        AssertBefore(split.Tuning);
        AssertBefore(split.Final);
    });

    [Fact]
    public void Data_without_times_is_refused()
    {
        var untimed = EventList.Of([("ann", "tea", 0, 1f), ("ann", "jam", 0, 1f)], timed: false);
        Assert.Equal(
            "A split by time needs times, and this data has none; name the time column with --time when importing, or take "
            + "--split random or leave-last.",
            Assert.Throws<InputException>(() => new GlobalTimeSplit().Split(untimed)).Message);
    }

    [Fact]
    public void Cuts_that_leave_nothing_to_learn_from_or_to_measure_are_refused()
    {
        var events = EventList.Parse("ann: a@1 b@2 c@3");
        Assert.Contains("All events are of one moment", Refusal(new(), EventList.Parse("ann: a@5 b@5 c@5")));
        Assert.Contains("All events are of one moment", Refusal(new(), EventList.Parse("ann: a@5")));
        Assert.Contains("no training part", Refusal(new(), EventList.Parse("ann: a@5 b@6")));
        Assert.Contains("no training part", Refusal(new() { TestFrom = DateTimeOffset.FromUnixTimeSeconds(1) }, events));
        Assert.Contains("no test part", Refusal(new() { TestFrom = DateTimeOffset.FromUnixTimeSeconds(4) }, events));
        Assert.Contains("must not be after", Refusal(
            new() { ValidationFrom = DateTimeOffset.FromUnixTimeSeconds(3), TestFrom = DateTimeOffset.FromUnixTimeSeconds(2) }, events));
        Assert.Contains("no events", Refusal(new(), events.Where(new bool[3])));
    }

    [Theory]
    [InlineData(-.1, .1, "The share of the validation part must be at least 0 and below 1, was -0.1.")]
    [InlineData(.1, 0, "The share of the test part must be above 0 and below 1, was 0.")]
    [InlineData(.1, double.NaN, "The share of the test part must be above 0 and below 1, was NaN.")]
    [InlineData(.5, .5, "The shares of the validation and the test part must be below 1 together, were 1.")]
    public void Fractions_out_of_range_are_refused(double validation, double test, string message)
    {
        var events = EventList.Parse("ann: a@1 b@2 c@3");
        Assert.Equal(message, Refusal(new GlobalTimeSplit { ValidationFraction = validation, TestFraction = test }, events));
        var random = new RandomSplit { ValidationFraction = validation, TestFraction = test };
        Assert.Equal(message, Assert.Throws<InputException>(() => random.Split(events)).Message);
    }

    private static string Refusal(GlobalTimeSplit cut, Interactions events) =>
        Assert.Throws<InputException>(() => cut.Split(events)).Message;

    private static void AssertBefore(Holdout holdout)
    {
        if (holdout.Test.Histories.Count > 0)
            Assert.True(holdout.Train.Histories.Times.ToArray().Max() < holdout.Test.Histories.Times.ToArray().Min());
    }
}
