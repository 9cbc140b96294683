using Kindred.Models;
using Kindred.Models.Linear;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Linear;

public sealed class EaseTests : ModelContract
{
    protected override ITrainer Trainer => new Ease { Regularization = 2 };

    internal static Interactions Random(int users, int items, int events)
    {
        var rng = new Rng(4);
        return Of(users, items, [.. Enumerable.Range(0, events)
            .Select(_ => (rng.NextInt(users), rng.NextInt(items), 1f + rng.NextInt(3)))]);
    }

    /// <returns>[items, items]: XᵀX in double; ones, or the weights.</returns>
    internal static double[,] Gram(Interactions data, bool eventWeights)
    {
        var gram = new double[data.Items.Count, data.Items.Count];
        for (int user = 0; user < data.Users.Count; user++)
        {
            var row = data.ByUser.Row(user);
            for (int n = 0; n < row.Length; n++)
                for (int m = 0; m < row.Length; m++)
                    gram[row.Columns[n], row.Columns[m]] += eventWeights ? (double)row.Values[n] * row.Values[m] : 1;
        }
        return gram;
    }

    [Fact]
    public void Two_items_by_hand()
    {
        // item 0 has two users, one of whom has item 1: XᵀX + I = [3 1; 1 2]. Item 1 from item 0: 1 / 3; item 0 from item 1: 1 / 2
        var model = new Ease { Regularization = 1 }.Train(Of(2, 2, [(0, 0, 5), (0, 1, 1), (1, 0, 1)]), new());
        Assert.Equal(1 / 3.0, Scores(model, new Query(-1, new[] { 0 }))[1], 1e-6);
        Assert.Equal(1 / 2.0, Scores(model, new Query(-1, new[] { 1 }))[0], 1e-6);
        Assert.True(float.IsNaN(Scores(model, new Query(-1, new[] { 1 }))[1]));
        // what is counted as one in training is counted as one in scoring
        Assert.Equal(1 / 2.0, Scores(model, new Query(-1, new[] { 1, 1 }, new[] { 3f, 4f }))[0], 1e-6);
    }

    [Fact]
    public void Weights_count_where_they_are_asked_to()
    {
        // XᵀX + I = [27 5; 5 2]: item 1 from item 0: 5 / 27, times 2 + 1
        var model = new Ease { Regularization = 1, EventWeights = true }.Train(Of(2, 2, [(0, 0, 5), (0, 1, 1), (1, 0, 1)]), new());
        Assert.Equal(15 / 27.0, Scores(model, new Query(-1, new[] { 0, 0 }, new[] { 2f, 1f }))[1], 1e-6);
    }

    public static TheoryData<Ease> Variants =>
    [
        new Ease { Regularization = 3, WeightsKept = 1000 },
        new Ease { Regularization = .5f, WeightsKept = 1000, EventWeights = true },
        new Ease { Regularization = 3, WeightsKept = 0 },
        new Ease { Regularization = .5f, WeightsKept = 0, EventWeights = true },
        new Ease { Regularization = 3, WeightsKept = 1000, Candidates = 24 },
        new Ease { Regularization = 3, WeightsKept = 0, Candidates = 24 },
        new Ease { Regularization = 3, WeightsKept = 1000, Candidates = 1000, EventWeights = true },
    ];

    /// <summary>Each column is a ridge regression on all other columns, or on those that share a user with it.</summary>
    [Theory, MemberData(nameof(Variants))]
    public void It_equals_dense_regressions(Ease trainer)
    {
        const int Items = 25;
        var data = Random(30, Items, 200);
        var gram = Gram(data, trainer.EventWeights);
        var model = trainer.Train(data, new());
        float[][] scores = [.. Enumerable.Range(0, Items).Select(item => Scores(model, new Query(-1, new[] { item })))];
        for (int target = 0; target < Items; target++)
        {
            // an item that shares no user with the target is no candidate of it
            int[] others = [.. Enumerable.Range(0, Items)
                .Where(item => item != target && (trainer.Candidates == 0 || gram[item, target] > 0))];
            var a = new double[others.Length, others.Length];
            for (int r = 0; r < others.Length; r++)
                for (int c = 0; c < others.Length; c++) a[r, c] = gram[others[r], others[c]] + (r == c ? trainer.Regularization : 0);
            double[] expected = Reference.Solve(a, [.. others.Select(other => gram[other, target])]);
            for (int n = 0; n < others.Length; n++)
            {
                float score = scores[others[n]][target];
                Assert.Equal(expected[n], float.IsNaN(score) ? 0 : score, 1e-5);
            }
        }
    }

    [Fact]
    public void Few_candidates_are_the_most_similar_items()
    {
        // cosine with item 0: item 1 shares 2 of 2 users with it, item 2 shares 2 of 3, item 3 shares 1 of 1; one candidate: 0 from 1 = 2 /
        // (2 + 1)
        var data = Of(4, 4, [(0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1), (0, 2, 1), (1, 2, 1), (2, 2, 1), (0, 3, 1)]);
        var model = new Ease { Regularization = 1, Candidates = 1 }.Train(data, new());
        Assert.Equal(2 / 3.0, Scores(model, new Query(-1, new[] { 1 }))[0], 1e-6);
        Assert.True(float.IsNaN(Scores(model, new Query(-1, new[] { 2 }))[0]));
    }

    /// <summary>An item of a history votes with its largest weights, however small beside those of others for the target.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    public void The_largest_weights_of_each_item_of_a_history_are_kept(int candidates)
    {
        var data = Random(30, 25, 200);
        float[][] Rows(int kept)
        {
            var model = new Ease { Regularization = 3, WeightsKept = kept, Candidates = candidates }.Train(data, new());
            return [.. Enumerable.Range(0, 25).Select(item => Scores(model, new Query(-1, new[] { item })))];
        }
        float[][] full = Rows(500), few = Rows(4);
        for (int source = 0; source < 25; source++)
        {
            float[] sizes = [.. full[source].Select(Math.Abs).Where(size => size > 0).OrderDescending()];
            for (int target = 0; target < 25; target++)
            {
                if (Math.Abs(full[source][target]) >= sizes[3]) Assert.Equal(full[source][target], few[source][target]);
                else Assert.True(float.IsNaN(few[source][target]));
            }
        }
    }

    [Fact]
    public void A_model_of_all_weights_is_saved_and_read_whole()
    {
        var data = Random(30, 25, 200);
        var model = (IExplainableModel)new Ease { Regularization = 3, WeightsKept = 0, EventWeights = true }.Train(data, new());
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model"), Bytes(model));
        using var file = TensorFile.Open(folder.File("model"));
        var loaded = (IExplainableModel)TrainerCatalog.Default.Find("ease").Load(file, data.Items);
        Assert.Equal(Bytes(model), Bytes(loaded));
        var query = new Query(-1, new[] { 5, 2, 7, 5 }, new[] { 1f, 2f, 1f, 3f });
        float[] scores = Scores(loaded, query), contributions = new float[4];
        Assert.Equal(Scores(model, query), scores);
        for (int item = 0; item < 25; item++)
        {
            loaded.Explain(query, item, contributions);
            if (!float.IsNaN(scores[item])) Assert.Equal(scores[item], contributions.Sum(), 1e-5f);
        }
    }

    /// <summary>Today's files of sparse weights are those of the first release.</summary>
    [Fact]
    public void A_file_of_sparse_weights_opens()
    {
        var writer = new TensorWriter();
        writer.AddText("eventWeights", "False");
        writer.Add<int>("starts", new[] { 0, 1, 2 });
        writer.Add<int>("targets", new[] { 1, 0 });
        writer.Add<float>("weights", new[] { .25f, .5f });
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("model"))) writer.WriteTo(stream);
        using var file = TensorFile.Open(folder.File("model"));
        var model = TrainerCatalog.Default.Find("ease").Load(file, Ids(2, "i"));
        Assert.Equal([.5f, .25f], Scores(model, new Query(-1, new[] { 0, 1 })));
    }

    [Fact]
    public void A_catalogue_that_does_not_fit_is_refused_with_a_way_out()
    {
        Ease.CheckMemory(41_000, keepsAll: false, 4L << 30);
        string Refusal(int items, bool keepsAll, long available) =>
            Assert.Throws<InputException>(() => Ease.CheckMemory(items, keepsAll, available)).Message;
        Assert.StartsWith(
            "A matrix of 100000 x 100000 items needs 18.8 GiB of memory, and there are 4.0; set Candidates to 500",
            Refusal(100_000, false, 4L << 30));
        Assert.StartsWith(
            "A matrix of 41000 x 41000 items needs 9.5 GiB of memory, and there are 4.0; set WeightsKept to 2000",
            Refusal(41_000, true, 4L << 30));
        Assert.StartsWith("All weights of 46341 items are more than one array can hold", Refusal(46_341, true, long.MaxValue));
        Ease.CheckMemory(DenseItemWeights.MostItems, keepsAll: true, 1L << 40);
    }

    [Theory]
    [InlineData("""{ "regularization": 0 }""", "regularization must be above 0, was 0.")]
    [InlineData("""{ "weightsKept": -1 }""", "weightsKept must be at least 0, was -1.")]
    [InlineData("""{ "candidates": -1 }""", "candidates must be at least 0, was -1.")]
    public void Options_out_of_range_are_refused(string options, string sentence)
    {
        ITrainer Trainer() => TrainerCatalog.Default.Create("ease", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Trainer().Train(Random(5, 5, 10), new())).Message);
    }

    [Fact]
    public void A_matrix_that_cannot_be_inverted_is_refused()
    {
        var data = Of(2, 2, [(0, 0, 1e9f), (0, 1, 1e9f), (1, 0, 1)]);
        var refused = Assert.Throws<InputException>(() => new Ease { Regularization = 1, EventWeights = true }.Train(data, new()));
        Assert.Contains("use a larger Regularization than 1", refused.Message);
    }
}
