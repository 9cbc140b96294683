using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Counting;

public sealed class BiasTests : ModelContract
{
    protected override ITrainer Trainer => new Bias();

    protected override bool IsPersonal => false;

    [Fact]
    public void One_epoch_gives_the_damped_means_computed_by_hand()
    {
        // u0: i0 5, i1 3; u1: i0 4; i2 has no event. μ = 4; both penalties 1:
        // b(i0) = (1 + 0) / (1 + 2) = 1/3, b(i1) = −1 / (1 + 1) = −1/2
        // b(u0) = ((5 − 4 − 1/3) + (3 − 4 + 1/2)) / (1 + 2) = 1/18, b(u1) = (4 − 4 − 1/3) / (1 + 1) = −1/6
        var data = Of(2, 3, [(0, 0, 5), (0, 1, 3), (1, 0, 4)]);
        var model = (IRatingModel)new Bias { Epochs = 1, ItemRegularization = 1, UserRegularization = 1 }.Train(data, new());
        void AreNear(float[] expected, float[] actual) =>
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        AreNear([4 + (1f / 18) + (1f / 3), 4 + (1f / 18) - .5f, float.NaN], Scores(model, Query.Of(data, 0)));
        AreNear([4 - (1f / 6) + (1f / 3)], Scores(model, Query.Of(data, 1)));
        AreNear([4 + (1f / 18)], [model.FallbackScore(Query.Of(data, 0))]);
        // a stranger, and a visitor whose events have no values
        AreNear([4 + (1f / 3), 3.5f, float.NaN], Scores(model, default));
        Assert.Equal(Scores(model, default), Scores(model, new Query(-1, new[] { 0, 1 })));
        Assert.Equal(4, model.FallbackScore(default));
        // somebody folded in who gave 5 to i1, and once more an item that says nothing: b = (5 − 4 + 1/2) / (1 + 1) = 3/4
        AreNear([4.75f + (1f / 3)], Scores(model, new Query(-1, new[] { 1, 2 }, new[] { 5f, 1f })));
    }

    [Fact]
    public void Repeated_events_are_events_of_their_own_not_a_sum()
    {
        // one user rates one item 2 and 4: μ = 3, all biases 0; a sum would predict 6
        var histories = new Histories(new[] { 0, 2 }, new[] { 0, 0 }, default, new[] { 2f, 4f });
        var data = new Interactions(Ids(1, "u"), Ids(1, "i"), histories);
        Assert.Equal([3], Scores(Trainer.Train(data, new()), Query.Of(data, 0)));
    }

    [Fact]
    public void After_many_epochs_the_gradient_of_the_squared_error_with_its_penalties_is_zero()
    {
        var rng = new Rng(4);
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < 20; user++)
            for (int item = 0; item < 15; item++)
                if (rng.NextDouble() < .4) triplets.Add((user, item, 1 + rng.NextInt(5)));
        var data = Of(20, 15, triplets);
        var model = (IRatingModel)new Bias { Epochs = 300, ItemRegularization = 2, UserRegularization = 3 }.Train(data, new());
        double mean = triplets.Average(t => t.Item3);
        double OfItem(int item) => Scores(model, default)[item] - mean;
        double OfUser(int user) => model.FallbackScore(Query.Of(data, user)) - mean;
        double Residual((int User, int Item, float Value) t) => t.Value - mean - OfUser(t.User) - OfItem(t.Item);

        for (int item = 0; item < 15; item++)
            Assert.Equal(2 * OfItem(item), triplets.Where(t => t.Item2 == item).Sum(Residual), 1e-4);
        for (int user = 0; user < 20; user++)
            Assert.Equal(3 * OfUser(user), triplets.Where(t => t.Item1 == user).Sum(Residual), 1e-4);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        var data = Of(1, 1, [(0, 0, 1)]);
        string Refusal(Bias bias) => Assert.Throws<InputException>(() => bias.Train(data, new())).Message;
        Assert.Equal("epochs must be at least 1, was 0.", Refusal(new() { Epochs = 0 }));
        Assert.Equal("itemRegularization must be at least 0, was -1.", Refusal(new() { ItemRegularization = -1 }));
        Assert.Equal("userRegularization must be at least 0, was NaN.", Refusal(new() { UserRegularization = float.NaN }));
    }
}
