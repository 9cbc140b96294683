using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models;

public sealed class TrainerOptionsTests
{
    private static readonly Interactions Data = Interactions.From(
        new Vocabulary(["a", "b"]), new Vocabulary(["x", "y", "z"]),
        SparseMatrix.FromTriplets(2, 3, [(0, 0, 1), (0, 1, 2), (1, 1, 1), (1, 2, 3)]));

    public static TheoryData<string> Names => [.. TrainerCatalog.Default.Entries.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Every_number_has_a_range_and_training_refuses_what_is_out_of_it(string name)
    {
        var type = TrainerCatalog.Default.Find(name).Type;
        foreach (var option in type.GetProperties().Where(p => p.CanWrite))
        {
            var number = Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType;
            if (number != typeof(int) && number != typeof(float) && number != typeof(double)) continue;
            var range = option.GetCustomAttribute<RangeAttribute>();
            Assert.True(range is not null, $"{name} has no range for {option.Name}");
            var trainer = (ITrainer)Activator.CreateInstance(type)!;
            option.SetValue(trainer, Convert.ChangeType(Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture) - 1,
                number, CultureInfo.InvariantCulture));
            var error =
                Assert.Throws<InputException>(() => trainer.Train(Data, new() { Cancellation = TestContext.Current.CancellationToken }));
            Assert.Equal(option.Name, error.ParamName);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void What_is_written_is_read_and_a_family_comes_first(string name)
    {
        var trainer = TrainerCatalog.Default.Create(name);
        var options = TrainerOptions.Of(trainer);
        Assert.Equal(trainer, TrainerOptions.Create(trainer.GetType(), options));
        Assert.Equal(trainer, TrainerOptions.With(trainer, []));
        string[] own = [.. trainer.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Where(p => p.CanWrite).Select(p => p.Name)];
        Assert.Equal(own, TrainerOptions.NamesOf(trainer.GetType()).TakeLast(own.Length), StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_trainer_has_defaults_of_its_own_for_what_its_family_shares()
    {
        Assert.Equal((30, 20, 15), (new Bpr().Epochs, new Warp().Epochs, new SampledSoftmax().Epochs));
        Assert.Equal(new Bpr { Epochs = 7 }, TrainerOptions.Create(typeof(Bpr), new JsonObject { ["epochs"] = 7 }));
        Assert.Equal(new Warp { Dimensions = 8, NegativeCount = 3 },
            TrainerOptions.With(new Warp(), new JsonObject { ["dimensions"] = 8, ["negativeCount"] = 3 }));
    }

    [Fact]
    public void An_unknown_option_is_refused_with_the_nearest_or_those_there_are()
    {
        static string Refusal(Type trainer, string option, JsonNode? value) => Assert.Throws<InputException>(
            () => TrainerOptions.Create(trainer, new JsonObject { [option] = value })).Message;
        Assert.Equal("popularity has no option 'halfLife'; did you mean halfLifeDays?", Refusal(typeof(Popularity), "halfLife", 3));
        Assert.Equal("popularity has no option 'xyz'; there is halfLifeDays.", Refusal(typeof(Popularity), "xyz", 3));
        Assert.Equal("halfLifeDays of popularity must be a number, was 'long'.", Refusal(typeof(Popularity), "halfLifeDays", "long"));
        Assert.Equal("halfLifeDays of popularity must be a number, was null.", Refusal(typeof(Popularity), "halfLifeDays", null));
        Assert.Equal("epochs of bpr must be a whole number, was '1.5'.", Refusal(typeof(Bpr), "epochs", 1.5));
        Assert.Equal("features of implicit-als must be a text, was null.", Refusal(typeof(ImplicitAls), "features", null));
    }

    /// <summary>"4,5" is no 45: neither as an option of a model nor as a bound of a range.</summary>
    [Theory]
    [InlineData("implicit-als:regularization=4,5")]
    [InlineData("implicit-als:epochs=1,000")]
    public void A_comma_is_no_part_of_a_number(string model) => Assert.EndsWith(
        "a comma separates options: write a point before the fraction of a number.",
        Assert.Throws<InputException>(() => ModelSpec.Parse(model)).Message, StringComparison.Ordinal);
}
