using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Sgd;

public sealed class SampledSoftmaxTests : SgdContract
{
    protected override ITrainer Trainer => new SampledSoftmax { Dimensions = 12, Epochs = 30, NegativeCount = 64, BatchSize = 32 };

    private static SampledSoftmax Plain => new()
    {
        LearningRate = 0.5f,
        Regularization = 0,
        AdaptiveRate = false,
        Cosine = false,
        Temperature = 0.5f,
        NegativeCount = 0,
        InBatchNegatives = true,
        LogQCorrection = false,
    };

    [Fact]
    public void One_step_by_hand()
    {
        // x = (1), items 0 and 1 are his, item 2 is not and is drawn once: scores 1, 0 over T = ½ are 2, 0. P(0) = e² / (e² + 1) = p,
        // loss −ln p, slopes by the inner product (p − 1)/T and (1 − p)/T = 2q with q = 1 − p; rate ½: y(0) + q, y(2) − q, x + q·(1 − 0)
        Matrix x = OneUser.Rows([1f]), y = OneUser.Rows([1f], [0f]);
        double loss = OneUser.Learn(Plain with { InBatchNegatives = false, NegativeCount = 64, LogQCorrection = false }, x, y, 0);
        // 64 draws, some of which are the user's own: m of the other item is what is left
        int m = Enumerable.Range(0, 1).Sum(_ => DrawsOfOne());
        double q = m / (Math.Exp(2) + m);
        Assert.Equal(-Math.Log(1 - q), loss, 1e-5);
        Assert.Equal(1 + q, y.Row(0)[0], 1e-5);
        Assert.Equal(-q, y.Row(1)[0], 1e-5);
        Assert.Equal(1 + q, x.Row(0)[0], 1e-5);
    }

    // how often the generator of these tests draws item 1 of 2 in 64 draws
    private static int DrawsOfOne()
    {
        var rng = new Rng(1);
        return Enumerable.Range(0, 64).Sum(_ => rng.NextInt(2));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 0.3f)]
    [InlineData(true, 0.3f)]
    public void A_step_goes_along_the_gradient(bool cosine, float temperature) =>
        OneUser.StepsAlongTheGradient(
            rate => Plain with { LearningRate = rate, Cosine = cosine, Temperature = temperature, InBatchNegatives = false,
                NegativeCount = 40, LogQCorrection = true, NegativeExponent = 1 },
            items: 6, d: 19, (_, _) => false, own: 2);

    [Fact]
    public void Sampling_popular_items_more_often_does_not_change_the_loss_where_it_is_corrected()
    {
        // Items 0 to 99 score alike for the user of item 100. A sample of many, whatever its q, must estimate the same sum: with the
        // correction Σ m(j)·e^(s − ln q(j)) / Σ m(j)/q(j)... is what uniform draws give, without it popular ones would weigh more.
        var scores = new Matrix(50, 1);
        for (int item = 0; item < 50; item++) scores.Row(item)[0] = 0.02f * item;
        double uniform = OneUser.Learn(
            Plain with { NegativeCount = 4000, InBatchNegatives = false, LogQCorrection = true }, OneUser.Rows([1f]), scores.Copy(), 7);
        double plain = OneUser.Learn(Plain with { NegativeCount = 4000, InBatchNegatives = false }, OneUser.Rows([1f]), scores.Copy(), 7);
        Assert.Equal(plain, uniform, 1e-4); // a q that all have in common cancels
    }

    [Theory]
    [InlineData("""{ "batchSize": 0 }""", "batchSize must be at least 1, was 0.")]
    [InlineData("""{ "temperature": 0 }""", "temperature must be above 0, was 0.")]
    [InlineData("""{ "negativeCount": 0 }""", "negativeCount must be at least 1 without inBatchNegatives, was 0.")]
    public void Options_out_of_range_are_refused(string options, string sentence)
    {
        ITrainer Trainer() => TrainerCatalog.Default.Create("sampled-softmax", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Trainer().Train(Checkerboard(5), new())).Message);
    }
}
