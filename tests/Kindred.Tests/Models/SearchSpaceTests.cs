using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Tests.Data;

namespace Kindred.Tests.Models;

public sealed class SearchSpaceTests
{
    public static TheoryData<string> Trainers =>
        [.. TrainerCatalog.Default.Entries.Keys.Where(name => TrainerCatalog.Default.Find(name).Space.Ranges.Count > 0)];

    [Fact]
    public void The_first_models_have_a_space() =>
        Assert.Superset(new HashSet<string>(["popularity", "item-knn", "implicit-als"]), Trainers.Select(row => row.Data).ToHashSet());

    [Theory, MemberData(nameof(Trainers))]
    public void Every_option_of_a_space_is_one_of_the_trainer(string trainer)
    {
        var space = TrainerCatalog.Default.Find(trainer).Space;
        var options = TrainerOptions.NamesOf(TrainerCatalog.Default.Find(trainer).Type);
        Assert.NotEmpty(space.Ranges);
        Assert.All(space.Ranges, range => Assert.Contains(range.Name, options));
    }

    /// <summary>The corners and a hundred draws; training says what is out of range.</summary>
    [Theory, MemberData(nameof(Trainers))]
    public void Every_point_of_a_space_makes_a_trainer_that_trains(string trainer)
    {
        var space = TrainerCatalog.Default.Find(trainer).Space;
        var data = Small.Of(4, [(0, 1), (1, 1)], [(1, 1), (2, 1)], [(2, 1), (3, 1)]);
        var rng = new Rng(7);
        double[][] points = [[.. space.Ranges.Select(r => r.Low)], [.. space.Ranges.Select(r => r.High)],
            .. Enumerable.Range(0, 100).Select(_ => space.Ranges.Select(r => r.Draw(rng)).ToArray())];
        foreach (double[] point in points)
        {
            var values = space.ValuesAt(point);
            var created = TrainerCatalog.Default.Create(trainer, values.DeepClone().AsObject());
            created.Train(data, new() { Workers = 1, Cancellation = TestContext.Current.CancellationToken });
            Assert.Equal(values.ToJsonString(), space.ValuesAt(space.PointOf(values)).ToJsonString());
        }
    }

    [Theory]
    [InlineData("regularization", "0.001..0.1:log"), InlineData("epochs", "2..32"), InlineData("dimensions", "32|64|128")]
    [InlineData("confidenceScale", "0..10"), InlineData("unobservedWeight", "0.1|1")]
    public void A_range_reads_what_it_writes(string name, string text)
    {
        var range = TrainerCatalog.Default.Find("implicit-als").Space.With(name, text)[name]!;
        Assert.Equal(text, range.ToString());
        Assert.Equal(range, TrainerCatalog.Default.Find("implicit-als").Space.With(name, range.ToString())[name]);
    }

    [Fact]
    public void Ranges_are_ordered_as_declared_and_overridden_in_place()
    {
        var space = TrainerCatalog.Default.Find("implicit-als").Space.With("epochs", "1..3").With("confidenceScale", "0..1")
        .Without("unobservedWeight");
        Assert.Equal(["dimensions", "epochs", "regularization", "confidenceScale"], space.Ranges.Select(r => r.Name));
        Assert.Equal("1..3", space["epochs"]!.ToString());
    }

    [Fact]
    public void What_decides_about_the_others_stays_so_with_other_values_and_not_with_a_range()
    {
        var space = TrainerCatalog.Default.Find("implicit-als").Space;
        Assert.Equal("dimensions", space.ConditionalOn);
        Assert.Equal("8|16", space.With("dimensions", "8|16").First!.ToString());
        Assert.Null(space.With("dimensions", "8..16").ConditionalOn);
        Assert.Null(space.Without("dimensions").ConditionalOn);
    }

    /// <summary>
    /// Whole numbers 1..4: each has a quarter of the coordinates −.5 … +.5 around it; 4,000 draws, 5 standard deviations = 137.
    /// </summary>
    [Fact]
    public void Every_whole_number_has_its_share()
    {
        var range = OptionRange.Parse("epochs", "1..4", typeof(int));
        Assert.Equal((.5, 4.5), (range.Low, range.High));
        var rng = new Rng(1);
        var counts = Enumerable.Range(0, 4000).Select(_ => (long)range.ValueAt(range.Draw(rng))).CountBy(v => v).ToDictionary();
        Assert.Equal([1L, 2, 3, 4], counts.Keys.Order());
        Assert.All(counts.Values, count => Assert.InRange(count, 863, 1137));
    }

    [Fact]
    public void Real_numbers_have_four_digits_and_stay_within_the_bounds()
    {
        var range = OptionRange.Parse("regularization", "0.0012344..0.1:log", typeof(float));
        Assert.Equal("0.01235", range.ValueAt(Math.Log(.0123456)).ToJsonString());
        Assert.Equal("0.0012344", range.ValueAt(range.Low).ToJsonString()); // 0.001234 would be below the bound
        Assert.Equal("0.1", range.ValueAt(range.High + 1).ToJsonString());
    }

    [Fact]
    public void A_choice_keeps_the_kind_of_its_values()
    {
        var range = OptionRange.Parse("loss", "warp|bpr", typeof(string));
        Assert.Equal("bpr", (string)range.ValueAt(1)!);
        Assert.Equal(1, range.CoordinateOf(JsonNode.Parse("\"bpr\"")!));
        Assert.True((bool)OptionRange.Parse("bias", "false|true", typeof(bool)).ValueAt(1)!);
    }

    [Theory]
    [InlineData("nope", "1..2", "There is no option 'nope' to search; there are dimensions, epochs, ")]
    [InlineData("epochs", "5", "epochs=5 is not a range; write epochs=1..10, epochs=1..10:log or epochs=1|2|5.")]
    [InlineData("epochs", "1..2..3", "is not a range")]
    [InlineData("epochs", "a..b", "is not a range")]
    [InlineData("epochs", "1|", "is not a range")]
    [InlineData("epochs", "1|1", "is not a range")]
    [InlineData("epochs", "1.5..3", "epochs takes whole numbers, but its range is 1.5..3; write whole bounds.")]
    [InlineData("epochs", "3..3", "must go from a smaller to a larger number, was 3..3.")]
    [InlineData("epochs", "0..10", "epochs must be at least 1, was 0.")]
    [InlineData("unobservedWeight", "0.5|2", "unobservedWeight must be 0 to 1, was 2.")]
    [InlineData("solver", "exact|fast", "solver of implicit-als must be one of exact, ")]
    [InlineData("regularization", "4,5..9", "and a point before the fraction of a number.")]
    [InlineData("regularization", "0..1:log", "A logarithmic range must begin above 0, but regularization has 0..1:log")]
    public void What_is_no_range_is_refused(string name, string text, string sentence) =>
        Assert.Contains(
            sentence, Assert.Throws<InputException>(() => TrainerCatalog.Default.Find("implicit-als").Space.With(name, text)).Message);

    [Fact]
    public void Words_and_flags_have_no_bounds() => Assert.Contains(
        "loss is not a number; list the values to try",
        Assert.Throws<InputException>(() => OptionRange.Parse("loss", "1..2", typeof(string))).Message);
}
