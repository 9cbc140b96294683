using Kindred.Neural;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Native.Tests.Neural;

public sealed class SequenceLossTests
{
    // one target x = (1, 2); items (1, 0), (0, 1), (1, 1): scores 1, 2, 3
    private static readonly Tensor X = tensor(new float[] { 1, 2 }, 1, 2), Table = tensor(new float[] { 1, 0, 0, 1, 1, 1 }, 3, 2);

    private static Tensor Places(params long[] places) => tensor(places);

    private static double Softplus(double x) => Math.Log(1 + Math.Exp(x));

    [Fact]
    public void Binary_cross_entropy_by_hand() =>
        // −ln σ(3) − ln(1 − σ(1)) − ln(1 − σ(2))
        Assert.Equal(Softplus(-3) + Softplus(1) + Softplus(2), SequenceLosses.BinaryCrossEntropy(X, Table, Places(2), Places(0, 1))
            .item<float>(), 1e-5);

    [Theory]
    [InlineData(0, 1)] // α = 2 / 4: β = 1 is plain cross-entropy
    [InlineData(1, .5)] // β = α
    [InlineData(.5, .75)]
    public void Calibrated_cross_entropy_by_hand(double calibration, double power)
    {
        double prior = Math.Log(power / 2); // of two negatives
        Assert.Equal(
            ((power * Softplus(-3 - prior)) + Softplus(1 + prior) + Softplus(2 + prior)) / 3,
            SequenceLosses.Calibrated(X, Table, Places(2), Places(0, 1), calibration, items: 5).item<float>(), 1e-5);
    }

    [Fact]
    public void The_softmax_of_all_items_is_what_every_other_item_once_gives()
    {
        double expected = Math.Log(Math.Exp(1) + Math.Exp(2) + Math.Exp(3)) - 2;
        Assert.Equal(expected, SequenceLosses.Softmax(X, Table, Places(1)).item<float>(), 1e-5);
        Assert.Equal(expected, SequenceLosses.Softmax(X, Table, Places(1), Places(0, 2), items: 3).item<float>(), 1e-5);
    }

    [Fact]
    public void A_negative_that_is_the_answer_counts_as_nothing() => Assert.Equal(
        // two draws for two others: each stands for one, but one of them is the answer
        Math.Log(Math.Exp(1) + Math.Exp(2)) - 2, SequenceLosses.Softmax(X, Table, Places(1), Places(0, 1), items: 3).item<float>(), 1e-5);

    [Fact]
    public void Adam_steps_as_torch_does()
    {
        var start = new float[] { 1, -2, 3, .5f };
        using var parameters = new ParameterSet(CPU);
        var mine = parameters.Add("matrix", start, 2, 2);
        using var adam = new AdamW(parameters);
        using var theirs = new TorchSharp.Modules.Parameter(tensor(start, 2, 2));
        using var optimizer = optim.AdamW([theirs], lr: .1, beta1: .9, beta2: .98, eps: 1e-8, weight_decay: .2);
        for (int step = 1; step <= 5; step++)
        {
            optimizer.zero_grad();
            (theirs * theirs).sum().backward();
            optimizer.step();
            adam.Step([autograd.grad([(mine * mine).sum()], [mine])[0]], step, rate: .1, decay: .2);
        }
        Assert.Equal(theirs.data<float>().ToArray(), mine.data<float>().ToArray().Select(v => v), Close);
    }

    private static bool Close(float a, float b) => Math.Abs(a - b) < 1e-5;
}
