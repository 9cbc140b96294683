using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Sgd;

public sealed class BprTests : SgdContract
{
    protected override ITrainer Trainer => new Bpr
    {
        Dimensions = 12,
        Epochs = 60,
        LearningRate = .1f,
        Regularization = .03f,
        NegativeCandidates = 1,
    };

    private static Bpr Plain => new() { LearningRate = 1, Regularization = 0, NegativeCandidates = 1 };

    [Fact]
    public void One_step_by_hand()
    {
        // x = (1, 0), y(0) = (1, 1) observed, y(1) = (0, 1): m = 1·(1 − 0) = 1, loss ln(1 + 1/e), σ(−1) = 1 / (1 + e) = s;
        // rate 1/2, λ = 0.1: x ← (1, 0) + ½·(s·(1, 0) − 0.1·(1, 0)), y(0) ← (1, 1) + ½·(s·(1, 0) − 0.1·(1, 1)), y(1) ← (0, 1) − ½·(s·(1, 0)
        // + 0.1·(0, 1))
        Matrix x = OneUser.Rows([1f, 0f]), y = OneUser.Rows([1f, 1f], [0f, 1f]);
        double loss = OneUser.Learn(Plain with { LearningRate = 0.5f, Regularization = 0.1f }, x, y, 0), s = 1 / (1 + Math.E);
        Assert.Equal(Math.Log(1 + (1 / Math.E)), loss, 1e-6);
        double[] expectedX = [0.95 + (s / 2), 0], expectedY = [0.95 + (s / 2), 0.95, -s / 2, 0.95];
        for (int n = 0; n < 2; n++) Assert.Equal(expectedX[n], x.Values.Span[n], 1e-6);
        for (int n = 0; n < 4; n++) Assert.Equal(expectedY[n], y.Values.Span[n], 1e-6);
    }

    [Fact]
    public void Adagrad_divides_by_the_root_of_the_mean_square()
    {
        // as above: |∂x|² = s²·|(1, 0)|² = s², mean over the 2 elements s²/2, so that the first step is 1 / √(s²/2 + 1e-6) · s = 1.414 long
        Matrix x = OneUser.Rows([1f, 0f]), y = OneUser.Rows([1f, 1f], [0f, 1f]);
        OneUser.Learn(Plain with { LearningRate = 0.5f, AdaptiveRate = true }, x, y, 0);
        Assert.Equal(1 + (0.5 * Math.Sqrt(2)), x.Row(0)[0], 1e-4);
        Assert.Equal(1 + (0.5 * Math.Sqrt(2)), y.Row(0)[0], 1e-4);
        Assert.Equal(-0.5 * Math.Sqrt(2), y.Row(1)[0], 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_goes_along_the_gradient(bool itemBias) =>
        OneUser.StepsAlongTheGradient(rate => Plain with { Dimensions = 19, LearningRate = rate, ItemBias = itemBias }, items: 2, d: 19,
            (side, column) => itemBias && side == 0 && column == 18, own: 0);

    [Fact]
    public void The_hardest_of_many_draws_is_the_best_scoring_item()
    {
        // the user has item 0; of items 1 to 3 item 2 scores highest, and of 64 draws it is one (all but once in 10¹¹)
        Matrix x = OneUser.Rows([1f]), y = OneUser.Rows([5f], [1f], [3f], [2f]);
        OneUser.Learn(Plain with { NegativeCandidates = 64 }, x, y, 0);
        Assert.Equal([1f, 2f], [y.Row(1)[0], y.Row(3)[0]]);
        Assert.True(y.Row(2)[0] < 3);
    }

    [Fact]
    public void Candidates_out_of_range_are_refused() => Assert.Equal(
        "negativeCandidates must be at least 1, was 0.",
        Assert.Throws<InputException>(() => new Bpr { NegativeCandidates = 0 }.Train(Checkerboard(4), new())).Message);
}
