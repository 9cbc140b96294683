using Kindred.Comparison;
using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Models;

public sealed class ModelSpecTests
{
    [Fact]
    public void Options_follow_the_name() => Assert.Equal(
        new ModelSpec("implicit-als:dimensions=128, regularization=1e-2", new ImplicitAls { Dimensions = 128, Regularization = .01f }),
        ModelSpec.Parse(" implicit-als:dimensions=128, regularization=1e-2 "));

    [Theory]
    [InlineData("item-knn:"), InlineData("item-knn:neighbours"), InlineData("item-knn:=5"), InlineData("item-knn:neighbours=5,"),
        InlineData("item-knn:neighbours=")]
    [InlineData("item-knn:neighbours=5,neighbours=6"), InlineData("item-knn:neighbours=many"), InlineData("item-knn:neighbours=5.5"),
        InlineData("Item-Knn"), InlineData("")]
    public void What_is_not_a_model_with_options_is_refused(string text) => Assert.Throws<InputException>(() => ModelSpec.Parse(text));

    /// <summary>A tenth of the span, as a round number: 7,951 days → 795.1 → 800; 214 → 20; 12 hours → .05.</summary>
    [Theory, InlineData(7951, "800"), InlineData(214, "20"), InlineData(.5, "0.05")]
    public void Recent_popularity_takes_its_half_life_from_the_span_of_the_data(double days, string halfLife) =>
        Assert.Contains($"popularity:halfLifeDays={halfLife}", Shortlist.For(Spanning(new[] { 0L, (long)(days * 86400) }))
            .Entries.Select(spec => spec.Name));

    [Fact]
    public void Without_times_or_a_span_nothing_is_recent()
    {
        string[] without = ["popularity", "item-knn", "implicit-als"];
        Assert.Equal(without, Shortlist.For(Spanning(default)).Entries.Select(spec => spec.Name));
        Assert.Equal(without, Shortlist.For(Spanning(new[] { 7L, 7 })).Entries.Select(spec => spec.Name));
    }

    private static Interactions Spanning(ReadOnlyMemory<long> times) =>
        new(new(["u"]), new(["a", "b"]), new Histories(new[] { 0, 2 }, new[] { 0, 1 }, times, new[] { 1f, 1 }));
}
