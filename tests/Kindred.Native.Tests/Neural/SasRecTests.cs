using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Tests.Models;
using Kindred.Tests.Support;
using TorchSharp;

namespace Kindred.Native.Tests.Neural;

public sealed class SasRecTests : ModelContract
{
    private static readonly SasRec Small = new()
    {
        Dimensions = 16,
        HistoryLength = 8,
        Epochs = 40,
        BatchSize = 8,
        LearningRate = .01f,
        Dropout = .1f,
        NegativeCount = 0,
        HeadCount = 2,
    };

    protected override ITrainer Trainer => Small;

    protected override bool IsClosedForm => false;

    protected override bool ReadsOrder => true;

    protected override Interactions Board(int size) => Circle(size);

    /// <summary>
    /// Every item has its successor, around a circle; everybody had some in a row and is asked for the next, which has his own number.
    /// </summary>
    internal static Interactions Circle(int size, int had = 6)
    {
        int[] items = [.. from user in Enumerable.Range(0, size) from n in Enumerable.Range(0, had) select (user + size - had + n) % size];
        var weights = new float[items.Length];
        Array.Fill(weights, 1);
        return new(Ids(size, "u"), Ids(size, "i"),
            new Histories(Enumerable.Range(0, size + 1).Select(user => user * had).ToArray(), items, default, weights));
    }

    [Theory]
    [InlineData(SequenceLoss.BinaryCrossEntropy, 2)]
    [InlineData(SequenceLoss.Calibrated, 16)]
    [InlineData(SequenceLoss.Softmax, 16)]
    public void Every_loss_learns_the_circle(SequenceLoss loss, int negatives)
    {
        var circle = Circle(30);
        var model = (Small with { Loss = loss, NegativeCount = negatives, Epochs = 80 }).Train(circle, Context());
        var recommender = model.AsPipeline();
        Assert.InRange(Enumerable.Range(0, 30).Count(user => recommender.Recommend(Query.Of(circle, user), 1)[0].Item == user), 27, 30);
    }

    [Theory]
    [InlineData("forwards", 1, 1, 1)]
    [InlineData("forwards", 2, 2, 7)]
    [InlineData("forwards", 3, 4, 12)]
    [InlineData("forwards", 2, 1, 30)] // longer than what is looked at
    [InlineData("bothWays", 1, 1, 1)]
    [InlineData("bothWays", 2, 2, 7)]
    [InlineData("bothWays", 3, 4, 30)]
    public void What_is_served_agrees_with_torch(string reads, int layers, int heads, int length)
    {
        const int Items = 50, HistoryLength = 12, D = 16;
        var shape = new TransformerShape(Items, HistoryLength, D, layers, heads, 24, Enum.Parse<Attention>(reads, ignoreCase: true));
        using var parameters = TransformerNetwork.Create(shape, new Rng(1), torch.CPU);
        // first values are small, and gains and biases all alike: nothing would be seen of a mix-up
        var rng = new Rng(2);
        foreach (var parameter in parameters.Tensors)
        {
            var values = ParameterSet.MatrixOf(parameter);
            foreach (ref float value in values.Values.Span) value += .3f * (float)rng.NextNormal();
            ParameterSet.Set(parameter, values);
        }
        int[] history = [.. Enumerable.Range(0, length).Select(_ => rng.NextInt(Items))];
        int[] read = shape.Reads == Attention.Forwards ? history[^Math.Min(length, HistoryLength)..]
            : [.. history[^Math.Min(length, HistoryLength - 1)..], Items];

        using var scope = torch.NewDisposeScope();
        using var dropout = new Dropout(0, rng, torch.CPU);
        var network = new TransformerNetwork(shape, parameters);
        var expected = network.Encode(
            torch.tensor(read.Select(item => (long)item).ToArray()).view(1, -1),
            torch.arange(HistoryLength - read.Length, HistoryLength).view(1, -1), dropout)[0, read.Length - 1].data<float>().ToArray();

        var model = (IEmbeddingModel)network.Model(Ids(Items, "i"), [.. Enumerable.Range(0, Items)]);
        var embedding = new float[D];
        Assert.True(model.TryEmbed(new Query(-1, history), embedding));
        for (int n = 0; n < D; n++) Assert.Equal(expected[n], embedding[n], 1e-4f);
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_and_ends_with_the_same_bits()
    {
        var circle = Circle(12);
        var trainer = Small with { Epochs = 4, FinalLearningRate = .1f };
        byte[] uninterrupted = Bytes(trainer.Train(circle, Context()));
        using var folder = new Kindred.Tests.Support.TemporaryFolder();
        var context = Context() with { Checkpoint = folder.File("run") };

        // stopped in the third epoch, with another checkpoint half written
        Assert.Throws<InvalidOperationException>(() => trainer.Train(circle, context with
        {
            EpochFinished = epoch => epoch.Number < 3 ? true : throw new InvalidOperationException("killed"),
        }));
        Directory.CreateDirectory(Path.Combine(folder.File("run"), ".epoch-3.tmp"));
        var epochs = new List<int>();
        byte[] resumed = Bytes(trainer.Train(circle, context with
        {
            EpochFinished = epoch =>
            {
                epochs.Add(epoch.Number);
                return true;
            },
        }));
        Assert.Equal([3, 4], epochs);
        Assert.Equal(uninterrupted, resumed);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        using var folder = new Kindred.Tests.Support.TemporaryFolder();
        var context = Context() with { Checkpoint = folder.File("run") };
        var trainer = Small with { Epochs = 1 };
        trainer.Train(Circle(12), context);
        Assert.Contains(
            "other options", Assert.Throws<InputException>(() => (trainer with { Dropout = .3f }).Train(Circle(12), context)).Message);
        Assert.Contains("other seed", Assert.Throws<InputException>(() => trainer.Train(Circle(12), context with { Seed = 1 })).Message);
        Assert.Contains("other data", Assert.Throws<InputException>(() => trainer.Train(Circle(13), context)).Message);
    }

    [Theory]
    [InlineData("""{"dimensions": 0}""", "dimensions must be at least 1, was 0.")]
    [InlineData("""{"headCount": 3}""", "headCount must divide dimensions = 64, was 3.")]
    [InlineData("""{"negativeCount": 0, "loss": "calibrated"}""", "negativeCount must be at least 1 with this loss, was 0.")]
    [InlineData("""{"dropout": 1}""", "dropout must be at least 0 and below 1, was 1.")]
    [InlineData("""{"historyLength": 0}""", "historyLength must be at least 1, was 0.")]
    [InlineData("""{"learningRate": 0}""", "learningRate must be above 0, was 0.")]
    public void Options_out_of_range_are_refused(string options, string message)
    {
        ITrainer Trainer() => NeuralTrainers.Catalog.Create("sasrec", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(message, Assert.Throws<InputException>(() => Trainer().Train(Circle(8), Context())).Message);
    }

    [Fact]
    public void A_device_that_is_not_here_is_refused() =>
        Assert.Contains("'gpu'", Assert.Throws<InputException>(() => Small.Train(Circle(8), Context() with { Device = "gpu" })).Message);
}
