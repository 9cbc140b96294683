using Kindred.Models;

namespace Kindred.Tests.Models;

public sealed class RatingDataTests
{
    [Theory]
    [InlineData("als")]
    [InlineData("mf")]
    [InlineData("svdpp")]
    [InlineData("bias")]
    [InlineData("slope-one")]
    [InlineData("rating-knn")]
    public void Models_of_ratings_refuse_events_without_and_name_one_that_needs_none(string name)
    {
        var views = Interactions.FromEvents([("ann", "tea"), ("ann", "milk"), ("bob", "tea")], e => e);
        string message = Assert.Throws<InputException>(() => TrainerCatalog.Default.Create(name, null).Train(views, new())).Message;
        Assert.StartsWith($"{name} predicts ratings, and events has none: every score would be 1. Use implicit-als", message);
        var ratings = Interactions.FromEvents(
            [("ann", "tea", 5f), ("ann", "milk", 5f), ("bob", "tea", 5f)], e => (e.Item1, e.Item2, e.Item3), ValueKind.Ratings);
        Assert.NotNull(TrainerCatalog.Default.Create(name, null).Train(ratings, new()));
    }

    [Theory]
    [InlineData("als")]
    [InlineData("bias")]
    public void Models_of_ratings_refuse_counts(string name)
    {
        (string User, string Item, float Plays)[] plays = [("ann", "tea", 1), ("ann", "milk", 2), ("bob", "tea", 1), ("bob", "rum", 900)];
        var counts = Interactions.FromEvents(plays, e => e);
        string message = Assert.Throws<InputException>(() => TrainerCatalog.Default.Create(name, null).Train(counts, new())).Message;
        Assert.StartsWith($"{name} predicts ratings, and the values of events are counts or the like", message);
        Assert.Contains("Use implicit-als", message);
        var scaled = counts.Scaled(new(ValueScaling.Log));
        Assert.Throws<InputException>(() => TrainerCatalog.Default.Create(name, null).Train(scaled, new()));
        var alike = Interactions.FromEvents(plays.Select(e => e with { Plays = Math.Min(e.Plays, 5) }), e => e);
        Assert.NotNull(TrainerCatalog.Default.Create(name, null).Train(alike, new()));
    }

    [Fact]
    public void A_factorization_machine_refuses_them_only_where_it_predicts_them()
    {
        var views = Interactions.FromEvents([("ann", "tea"), ("ann", "milk"), ("bob", "tea")], e => e);
        Assert.Throws<InputException>(() => new FactorizationMachine { Loss = FactorizationLoss.Squared }.Train(views, new()));
        Assert.NotNull(new FactorizationMachine { Loss = FactorizationLoss.Logistic }.Train(views, new()));
    }
}
