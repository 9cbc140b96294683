using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Sgd;

public sealed class WarpTests : SgdContract
{
    protected override ITrainer Trainer =>
        new Warp { Dimensions = 12, Epochs = 15, NegativeCount = 3, Regularization = 0.05f, LearningRate = 0.1f };

    private static Warp Plain => new() { LearningRate = 0.5f, Regularization = 0, AdaptiveRate = false };

    [Fact]
    public void One_step_by_hand()
    {
        // x = (1), y(0) = (0.5) observed, y(1) = (0): the margin 0.5 is below 1 at the first draw; of 2 items 1 other is there, so that the
        // rank is 1 and L(1) / L(2) = 1 / 1.5 = 2/3; loss 2/3 · 0.5; x ← 1 + ½·2/3·(0.5 − 0), y(0) ← 0.5 + ½·2/3·1, y(1) ← 0 − ½·2/3·1
        Matrix x = OneUser.Rows([1f]), y = OneUser.Rows([0.5f], [0f]);
        Assert.Equal(1.0 / 3, OneUser.Learn(Plain, x, y, 0), 1e-6);
        Assert.Equal(1 + (1.0 / 6), x.Row(0)[0], 1e-6);
        Assert.Equal(0.5 + (1.0 / 3), y.Row(0)[0], 1e-6);
        Assert.Equal(-1.0 / 3, y.Row(1)[0], 1e-6);
    }

    [Fact]
    public void An_item_that_is_far_above_all_others_is_left_alone()
    {
        Matrix x = OneUser.Rows([1f]), y = OneUser.Rows([9f], [1f], [3f]);
        Assert.Equal(0, OneUser.Learn(Plain, x, y, 0));
        Assert.Equal([9f, 1f, 3f], y.Values.ToArray());
    }

    [Fact]
    public void The_deeper_an_item_is_the_longer_the_step()
    {
        // 20 others: all above item 0, or one of them; the one is found after some draws, so that the rank is taken for smaller
        Matrix deep = new(21, 1), high = new(21, 1);
        for (int item = 1; item < 21; item++) (deep.Row(item)[0], high.Row(item)[0]) = (1, item == 20 ? 1 : -9);
        OneUser.Learn(Plain, OneUser.Rows([1f]), deep, 0);
        OneUser.Learn(Plain, OneUser.Rows([1f]), high, 0);
        Assert.True(deep.Row(0)[0] > high.Row(0)[0] && high.Row(0)[0] > 0, $"{deep.Row(0)[0]} {high.Row(0)[0]}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_goes_along_the_gradient(bool itemBias) =>
        OneUser.StepsAlongTheGradient(rate => Plain with { Dimensions = 19, LearningRate = rate, ItemBias = itemBias }, items: 2, d: 19,
            (side, column) => itemBias && side == 0 && column == 18, own: 1);
}
