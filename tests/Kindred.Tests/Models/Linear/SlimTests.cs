using Kindred.Models;

namespace Kindred.Tests.Models.Linear;

public sealed class SlimTests : ModelContract
{
    protected override ITrainer Trainer => new Slim { Regularization = 1, SparsityPenalty = .1f, Tolerance = 1e-6f, Sweeps = 1000 };

    [Fact]
    public void Two_items_by_hand()
    {
        // item 0 has two users, one of whom has item 1; β = λ = .5. Item 1 from item 0: (1 − .5) / (2 + .5); item 0 from item 1: (1 − .5) /
        // (1 + .5)
        var model = new Slim { Regularization = .5f, SparsityPenalty = .5f }.Train(Of(2, 2, [(0, 0, 5), (0, 1, 1), (1, 0, 1)]), new());
        Assert.Equal(.2, Scores(model, new Query(-1, new[] { 0 }))[1], 1e-6);
        Assert.Equal(1 / 3.0, Scores(model, new Query(-1, new[] { 1, 1 }))[0], 1e-6);
    }

    public static TheoryData<Slim> Variants =>
    [
        new Slim { Regularization = 2, SparsityPenalty = .5f, Tolerance = 1e-6f, Sweeps = 1000 },
        new Slim { Regularization = .5f, SparsityPenalty = 1, Tolerance = 1e-6f, Sweeps = 1000, NonNegative = false },
        new Slim { Regularization = 20, SparsityPenalty = 3, Tolerance = 1e-6f, Sweeps = 1000, NonNegative = false, EventWeights = true },
        new Slim { Regularization = 1, SparsityPenalty = 0, Tolerance = 1e-6f, Sweeps = 3000, EventWeights = true },
    ];

    /// <summary>The conditions of Karush, Kuhn and Tucker, from the definition: no weight can be moved to lower the loss.</summary>
    [Theory, MemberData(nameof(Variants))]
    public void No_weight_can_be_improved(Slim trainer)
    {
        const int Items = 25;
        var data = EaseTests.Random(30, Items, 200);
        var gram = EaseTests.Gram(data, trainer.EventWeights);
        var model = trainer.Train(data, new());
        float[][] b = [.. Enumerable.Range(0, Items).Select(item => Scores(model, new Query(-1, new[] { item })))];
        int zeros = 0, positive = 0, negative = 0;
        for (int target = 0; target < Items; target++)
        {
            double[] w = [.. b.Select(row => float.IsNaN(row[target]) ? 0.0 : row[target])];
            Assert.Equal(0, w[target]);
            for (int k = 0; k < Items; k++)
            {
                // items without a common user are not tried: their weight could only be negative
                if (k == target || gram[k, target] == 0) continue;
                double gradient = gram[k, target] - (trainer.Regularization * w[k]);
                for (int n = 0; n < Items; n++) gradient -= gram[k, n] * w[n];
                if (w[k] > 0) { Assert.Equal(trainer.SparsityPenalty, gradient, .005); positive++; }
                else if (w[k] < 0) { Assert.Equal(-trainer.SparsityPenalty, gradient, .005); negative++; }
                else
                {
                    Assert.True(gradient <= trainer.SparsityPenalty + .005);
                    Assert.True(trainer.NonNegative || gradient >= -trainer.SparsityPenalty - .005);
                    zeros++;
                }
            }
        }
        Assert.True(positive > 50 && zeros > 20, $"{positive} {zeros}");
        Assert.Equal(trainer.NonNegative, negative == 0);
    }

    [Fact]
    public void Few_candidates_are_the_most_similar_items()
    {
        // cosine with item 0: item 1 shares 2 of 2 users with it, item 2 shares 2 of 3, item 3 shares 1 of 1
        var data = Of(4, 4, [(0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1), (0, 2, 1), (1, 2, 1), (2, 2, 1), (0, 3, 1)]);
        var model = new Slim { Regularization = 1, SparsityPenalty = 0, Candidates = 1 }.Train(data, new());
        Assert.Equal(2 / 3.0, Scores(model, new Query(-1, new[] { 1 }))[0], 1e-6);
        Assert.True(float.IsNaN(Scores(model, new Query(-1, new[] { 2 }))[0]));
    }

    [Fact]
    public void A_larger_penalty_keeps_fewer_weights()
    {
        var data = EaseTests.Random(30, 25, 200);
        int Kept(float penalty)
        {
            var model = new Slim { SparsityPenalty = penalty, Regularization = 1 }.Train(data, new());
            return Enumerable.Range(0, 25).Sum(item => Scores(model, new Query(-1, new[] { item })).Count(score => !float.IsNaN(score)));
        }
        Assert.True(Kept(.1f) > Kept(1) && Kept(1) > Kept(3) && Kept(3) > 0);
        Assert.Equal(0, Kept(1000));
    }

    [Theory]
    [InlineData("""{ "regularization": -1 }""", "regularization must be at least 0, was -1.")]
    [InlineData("""{ "sparsityPenalty": -1 }""", "sparsityPenalty must be at least 0, was -1.")]
    [InlineData("""{ "candidates": 0 }""", "candidates must be at least 1, was 0.")]
    [InlineData("""{ "sweeps": 0 }""", "sweeps must be at least 1, was 0.")]
    [InlineData("""{ "tolerance": 0 }""", "tolerance must be above 0 and below 1, was 0.")]
    public void Options_out_of_range_are_refused(string options, string sentence)
    {
        ITrainer Trainer() => TrainerCatalog.Default.Create("slim", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Trainer().Train(EaseTests.Random(5, 5, 10), new())).Message);
    }
}
