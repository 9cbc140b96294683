using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Graphs;

public sealed class LightGcnTests : ModelContract
{
    protected override ITrainer Trainer => new LightGcn { Dimensions = 12, Epochs = 40, BatchSize = 256, LearningRate = .05f,
        NegativeCount = 32, LayerCount = 2, Cosine = true, Temperature = .1f, Regularization = 0 };

    // the first embeddings and the negatives are drawn
    protected override bool IsClosedForm => false;

    // users 0 and 1, items 0, 1, 2: user 0 had 0 and 1, user 1 had 1
    private static readonly Interactions Path = Of(2, 3, (0, 0, 1), (0, 1, 1), (1, 1, 1));

    private static NodeMatrix Numbers(params float[] values) =>
        new(new Matrix(2, 1, values.AsMemory(0, 2)), new Matrix(3, 1, values.AsMemory(2)));

    private static float[] All(NodeMatrix x) => [.. x.Users.Values.ToArray(), .. x.Items.Values.ToArray()];

    [Fact]
    public void Two_layers_by_hand()
    {
        // degrees: users 2, 1; items 1, 2, 0. Â: (0, 0) 1/√2, (0, 1) 1/2, (1, 1) 1/√2. Begin with 1 at user 0.
        // layer 1: items 1/√2, 1/2; layer 2: user 0: 1/2 + 1/4 = 3/4, user 1: 1/2·1/√2. The mean of three layers:
        float root = MathF.Sqrt(2);
        var y = Numbers(new float[5]);
        new BipartiteGraph(Path, 2, Context()).Spread(Numbers(1, 0, 0, 0, 0), y);
        float[] expected = [(1 + .75f) / 3, .5f / root / 3, 1 / root / 3, .5f / 3, 0];
        for (int n = 0; n < 5; n++) Assert.Equal(expected[n], All(y)[n], 1e-6f);
    }

    [Fact]
    public void Spreading_is_symmetric_so_that_it_is_its_own_gradient()
    {
        var data = MovieLensSmall.Load();
        var graph = new BipartiteGraph(data, 3, Context());
        NodeMatrix a = Random(data, 1), b = Random(data, 2), sa = a.Alike(), sb = a.Alike();
        graph.Spread(a, sa);
        graph.Spread(b, sb);
        Assert.Equal(Inner(a, sb), Inner(sa, b), 1e-3);

        static double Inner(NodeMatrix x, NodeMatrix y) => All(x).Zip(All(y)).Sum(p => (double)p.First * p.Second);
    }

    private static NodeMatrix Random(Interactions data, ulong seed)
    {
        var rng = new Rng(seed);
        var x = new NodeMatrix(data.Users.Count, data.Items.Count, 5);
        foreach (ref float value in x.Users.Values.Span) value = (float)rng.NextNormal();
        foreach (ref float value in x.Items.Values.Span) value = (float)rng.NextNormal();
        return x;
    }

    [Fact]
    public void A_user_without_an_embedding_of_his_own_gets_what_the_graph_would_give_him()
    {
        var data = MovieLensSmall.Load();
        const int User = 17;
        var graph = new BipartiteGraph(data, 3, Context());
        var x = Random(data, 3);
        x.Users.Row(User).Clear();
        var spread = x.Alike();
        graph.Spread(x, spread);
        var fold = graph.FoldIn(x);
        var history = data.ByUser.Row(User).Columns;
        var sum = new float[5];
        foreach (int item in history) Kernels.AddScaled(1 / MathF.Sqrt(history.Length), fold.Row(item), sum);
        for (int n = 0; n < sum.Length; n++) Assert.Equal(spread.Users.Row(User)[n], sum[n], 1e-5f);
    }

    [Theory]
    [InlineData(GraphLoss.Bpr, false, false)]
    [InlineData(GraphLoss.Bpr, true, false)]
    [InlineData(GraphLoss.Softmax, false, false)]
    [InlineData(GraphLoss.Softmax, true, true)]
    public void Gradients_are_differences_of_the_loss(GraphLoss loss, bool cosine, bool inBatch)
    {
        const int Users = 5, Items = 9, D = 4;
        var rng = new Rng(4);
        var data = Of(Users, Items,
            [.. from user in Enumerable.Range(
                0, Users) from item in Enumerable.Range(0, Items) where rng.NextInt(3) == 0 select (user, item, 1f)]);
        var options = new LightGcn { Dimensions = D, Loss = loss, Cosine = cosine, InBatchNegatives = inBatch, NegativeCount = 3,
            Temperature = .5f, Regularization = 0 };
        int[] users = [.. Enumerable.Range(0, Users).SelectMany(user => Enumerable.Repeat(user, data.ByUser.Row(user).Length))];
        var negatives = new NegativeSampler([.. Enumerable.Range(0, Items)], new int[Items], 0);
        var x = new NodeMatrix(Users, Items, D);
        foreach (ref float value in x.Users.Values.Span) value = (float)rng.NextNormal();
        foreach (ref float value in x.Items.Values.Span) value = (float)rng.NextNormal();

        var chunk = new PairChunk(options, data.ByUser, negatives);
        double Loss() => chunk.Learn([0, 3, 5, 6], users, x, new Rng(8)) * (loss == GraphLoss.Bpr ? options.NegativeCount : 1);
        Loss();
        var gradient = x.Alike();
        chunk.AddTo(gradient, x.Alike(), x);
        foreach (var (values, slopes) in new[] { (x.Users.Values, gradient.Users.Values), (x.Items.Values, gradient.Items.Values) })
            for (int n = 0; n < values.Length; n++)
            {
                const float Step = 1e-2f;
                float kept = values.Span[n];
                values.Span[n] = kept + Step;
                double up = Loss();
                values.Span[n] = kept - Step;
                double down = Loss();
                values.Span[n] = kept;
                Assert.Equal((up - down) / (2 * Step), slopes.Span[n], 5e-3);
            }
    }

    [Theory]
    [InlineData(GraphLoss.Bpr, 1, false)]
    [InlineData(GraphLoss.Softmax, 64, true)]
    public void The_loss_goes_down(GraphLoss loss, int negatives, bool cosine)
    {
        var losses = new List<double>();
        var trainer = new LightGcn
        {
            Dimensions = 16,
            Epochs = 6,
            BatchSize = 2048,
            LearningRate = .01f,
            Loss = loss,
            NegativeCount = negatives,
            Cosine = cosine,
            Temperature = cosine ? .2f : 1,
        };
        trainer.Train(MovieLensSmall.Load(), Context() with { Progress = new Listener(losses) });
        Assert.Equal(6, losses.Count);
        Assert.True(losses[^1] < .9 * losses[0], string.Join(' ', losses));
    }

    private sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss!.Value);
    }

    [Theory]
    [InlineData("""{"dimensions": 0}""", "dimensions must be at least 1, was 0.")]
    [InlineData("""{"layerCount": 0}""", "layerCount must be at least 1, was 0.")]
    [InlineData("""{"negativeCount": 0}""", "negativeCount must be at least 1 without inBatchNegatives and the loss softmax, was 0.")]
    [InlineData("""{"temperature": 0}""", "temperature must be above 0, was 0.")]
    [InlineData("""{"batchSize": 0}""", "batchSize must be at least 1, was 0.")]
    public void Options_out_of_range_are_refused(string options, string message)
    {
        ITrainer Trainer() => TrainerCatalog.Default.Create("lightgcn", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(message, Assert.Throws<InputException>(() => Trainer().Train(Path, Context())).Message);
    }
}
