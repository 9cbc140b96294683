using Kindred.Models;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Tests.Models;
using TorchSharp;

namespace Kindred.Native.Tests.Neural;

public sealed class Gru4RecTests : ModelContract
{
    protected override ITrainer Trainer => new Gru4Rec
    {
        Dimensions = 16,
        HistoryLength = 8,
        Epochs = 30,
        BatchSize = 8,
        LearningRate = .01f,
        Dropout = 0,
        NegativeCount = 0,
    };

    protected override bool IsClosedForm => false;

    protected override bool ReadsOrder => true;

    protected override Interactions Board(int size) => SasRecTests.Circle(size);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 12)]
    [InlineData(2, 7)]
    [InlineData(3, 30)] // longer than what is looked at
    public void What_is_served_agrees_with_torch(int layers, int length)
    {
        const int Items = 50, HistoryLength = 12, D = 16;
        var rng = new Rng(2);
        var network = new RecurrentNetwork(new(Items, HistoryLength, D, layers), rng, torch.CPU);
        using var parameters = network.Parameters;
        int[] history = [.. Enumerable.Range(0, length).Select(_ => rng.NextInt(Items))];
        using var scope = torch.NewDisposeScope();
        using var dropout = new Dropout(0, rng, torch.CPU);
        long[] read = [.. history[^Math.Min(length, HistoryLength)..].Select(item => (long)item)];
        var items = torch.tensor(read).view(1, -1);
        var expected = network.Encode(items, items, dropout)[0, read.Length - 1].data<float>().ToArray();

        var model = (IEmbeddingModel)network.Model(Ids(Items, "i"), [.. Enumerable.Range(0, Items)]);
        var embedding = new float[D];
        Assert.True(model.TryEmbed(new Query(-1, history), embedding));
        for (int n = 0; n < D; n++) Assert.Equal(expected[n], embedding[n], 1e-4f);
    }

    [Theory]
    [InlineData("""{"dimensions": 0}""", "dimensions must be at least 1, was 0.")]
    [InlineData("""{"layerCount": 0}""", "layerCount must be at least 1, was 0.")]
    [InlineData("""{"negativeCount": 0, "loss": "binaryCrossEntropy"}""", "negativeCount must be at least 1 with this loss, was 0.")]
    public void Options_out_of_range_are_refused(string options, string message)
    {
        ITrainer Trainer() => NeuralTrainers.Catalog.Create("gru4rec", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(message, Assert.Throws<InputException>(() => Trainer().Train(SasRecTests.Circle(8), Context())).Message);
    }
}
