using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Sgd;

public sealed class LogisticMfTests : SgdContract
{
    protected override ITrainer Trainer => new LogisticMf { Dimensions = 12, Epochs = 30 };

    private static LogisticMf Plain => new() { LearningRate = 0.5f, Regularization = 0, AdaptiveRate = false, NegativeCount = 1 };

    [Fact]
    public void One_step_by_hand()
    {
        // d = 3: one factor, the user's bias (1 for items), the item's bias (1 for users); all others 0, so that s = 0 and σ(−s) = ½.
        // Positive, α = 2, rate ½: g = 1, user bias ← ½, item bias of 0 ← ½; then the negative with s = ½: g = −σ(½), both biases of it −
        // ½·σ(½)
        Matrix x = OneUser.Rows([0f, 0f, 1f]), y = OneUser.Rows([0f, 1f, 0f], [0f, 1f, 0f]);
        double loss = OneUser.Learn(Plain with { Dimensions = 3, ConfidenceScale = 2 }, x, y, 0), sigma = 1 / (1 + Math.Exp(-0.5));
        Assert.Equal((2 * Math.Log(2)) + Math.Log(1 + Math.Exp(0.5)), loss, 1e-6);
        double[] expectedX = [0, 0.5 - (sigma / 2), 1], expectedY = [0, 1, 0.5, 0, 1, -sigma / 2];
        for (int n = 0; n < 3; n++) Assert.Equal(expectedX[n], x.Values.Span[n], 1e-6);
        for (int n = 0; n < 6; n++) Assert.Equal(expectedY[n], y.Values.Span[n], 1e-6);
    }

    [Fact]
    public void A_step_goes_along_the_gradient() => // of the positive: a user with all items has no negative
        OneUser.StepsAlongTheGradient(rate => Plain with { Dimensions = 19, LearningRate = rate }, items: 1, d: 19, (side, column) =>
            column == (side == 0 ? 18 : 17), own: 0);

    [Fact]
    public void Confidence_out_of_range_is_refused() => Assert.Equal(
        "confidenceScale must be above 0, was 0.",
        Assert.Throws<InputException>(() => new LogisticMf { ConfidenceScale = 0 }.Train(Checkerboard(4), new())).Message);

    [Fact]
    public void Biases_take_their_dimensions() => Assert.Equal(
        "dimensions must be above 2, as biases take 2 of them, was 2.",
        Assert.Throws<InputException>(() => new LogisticMf { Dimensions = 2 }.Train(Checkerboard(4), new())).Message);
}
