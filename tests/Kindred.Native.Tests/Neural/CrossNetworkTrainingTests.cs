using Kindred.Configuration;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Ranking;
using Kindred.Storage;
using TorchSharp;

namespace Kindred.Native.Tests.Neural;

public sealed class CrossNetworkTrainingTests
{
    private static readonly CrossNetworkConfig Options = new() { Epochs = 20, LearningRate = .01, HiddenDimensions = [16] };

    private static TrainingContext Context(int seed = 1) => new() { Seed = seed, Cancellation = TestContext.Current.CancellationToken };

    /// <summary>
    /// Lists of 20 items, sorted by "rank" as fusion would. What is taken is the one of the largest product x·y among those of the list's
    /// good category: no feature alone says which. "known" is sometimes missing and says nothing.
    /// </summary>
    private static RankingExamples Lists(int count, int seed)
    {
        const int Size = 20, Columns = 5;
        var rng = new Rng((ulong)seed);
        var rows = new Matrix(count * Size, Columns);
        var labels = new float[count * Size];
        for (int list = 0; list < count; list++)
        {
            int best = -1;
            double most = double.NegativeInfinity;
            for (int n = 0; n < Size; n++)
            {
                float x = (float)rng.NextNormal(), y = (float)rng.NextNormal();
                int category = rng.NextInt(4);
                float[] row = [n + 1, x, y, category, rng.NextDouble() < .3 ? float.NaN : rng.NextFloat()];
                row.CopyTo(rows.Row((list * Size) + n));
                double good = (x * y) + (category == 2 ? 1.5 : 0);
                if (good > most) (best, most) = (n, good);
            }
            labels[(list * Size) + best] = 1;
        }
        return new(["rank", "x", "y", "category", "known"], rows, labels, [.. Enumerable.Repeat(Size, count)], 0)
        {
            Categorical = [3],
            Users = [.. Enumerable.Range(0, count)],
        };
    }

    private static double NdcgOf(CrossNetwork network, RankingExamples lists)
    {
        var scores = new double[lists.Labels.Length];
        network.Score(lists.Rows, scores);
        return GroupedNdcg.Of(lists.Labels, lists.Groups, scores, 10);
    }

    [Fact]
    public void It_learns_products_that_the_order_of_fusion_does_not_know()
    {
        var test = Lists(200, 99);
        double fused = GroupedNdcg.Of(
            test.Labels, test.Groups, [.. Enumerable.Range(0, test.Labels.Length).Select(row => (double)-row)], 10);
        var measured = new List<Validation>();
        var network = CrossNetworkTraining.Train(
            Options, Lists(400, 1), Context() with { Progress = new Told(p => { if (p.Validation is { } v) measured.Add(v); }) });
        Assert.True(NdcgOf(network, test) > fused + .3, $"{NdcgOf(network, test)} is not far above {fused}");
        Assert.NotEmpty(measured);
        // neither part alone is the whole
        foreach (var part in (CrossNetworkConfig[])[Options with { HiddenDimensions = [] }, Options with { CrossLayers = 0 }])
            Assert.True(
                NdcgOf(CrossNetworkTraining.Train(part, Lists(100, 1), Context()), test) > fused + .1, $"{part} has learned nothing");
    }

    [Theory]
    [InlineData(2, 16)]
    [InlineData(0, 16)]
    [InlineData(3, 0)]
    public void What_is_served_has_the_scores_and_the_loss_that_torch_says(int crossLayers, int hidden)
    {
        var lists = Lists(11, 3); // more than a shard
        for (int n = 0; n < 7; n++) lists.Labels[n] = 1; // several taken
        lists = lists with { Groups = [50, .. Enumerable.Repeat(10, 17)] }; // one is longer; some have nothing
        var options = Options with { CrossLayers = crossLayers, HiddenDimensions = hidden == 0 ? [] : [hidden, 7], Dropout = 0 };
        var encoding = RowEncoding.Of(lists);
        using var scope = torch.NewDisposeScope();
        using var learner = new CrossNetworkTrainingTask(
            options, lists, encoding, CrossNetworkTrainingTask.Create(options, encoding, new Rng(1), torch.CPU));
        foreach (var parameter in learner.Parameters.Tensors) // larger than at first, so that products count
            using (torch.no_grad())
                parameter.add_(torch.tensor(Normal(new Rng((ulong)parameter.numel()), parameter.numel()), parameter.shape));

        var (values, places) = (new float[lists.Rows.Rows * encoding.Numbers], new int[lists.Rows.Rows]);
        for (int row = 0; row < places.Length; row++)
            encoding.Encode(lists.Rows.Row(row), values.AsSpan(row * encoding.Numbers, encoding.Numbers), places.AsSpan(row, 1));
        using var dropout = new Dropout(0, new Rng(1), torch.CPU);
        var expected = learner.Scores(torch.tensor(values, [places.Length, encoding.Numbers]),
            torch.tensor(places.Select(p => (long)p).ToArray()), dropout).data<float>().ToArray();
        var scores = new double[places.Length];
        learner.Network().Score(lists.Rows, scores);
        for (int row = 0; row < scores.Length; row++) Assert.Equal(expected[row], scores[row], 1e-4 * Math.Max(1, Math.Abs(expected[row])));

        double loss = 0, torchLoss = learner.Prepare([.. Enumerable.Range(0, lists.Groups.Length)], new Rng(1))
            .Sum(shard => (double)learner.Loss(shard, dropout).item<float>());
        int first = 0;
        foreach (int size in lists.Groups)
        {
            var own = Enumerable.Range(first, size).ToArray();
            double sum = own.Sum(row => Math.Exp(scores[row]));
            int[] taken = [.. own.Where(row => lists.Labels[row] > 0)];
            foreach (int row in taken) loss -= (scores[row] - Math.Log(sum)) / taken.Length;
            first += size;
        }
        Assert.Equal(loss, torchLoss, 1e-4 * loss);
    }

    [Fact]
    public void The_same_seed_makes_the_same_bits_at_any_number_of_threads()
    {
        var lists = Lists(60, 5);
        var options = Options with { Epochs = 2, BatchSize = 32 };
        byte[] one = BytesOf(CrossNetworkTraining.Train(options, lists, Context() with { Workers = 1 }));
        Assert.Equal(one, BytesOf(CrossNetworkTraining.Train(options, lists, Context() with { Workers = 4 })));
        Assert.NotEqual(one, BytesOf(CrossNetworkTraining.Train(options, lists, Context(seed: 2))));
    }

    /// <summary>
    /// Without categories the rows themselves are multiplied; the matrix library adds up otherwise where they lie otherwise in memory.
    /// </summary>
    [Fact]
    public void The_same_seed_makes_the_same_bits_wherever_rows_lie_in_memory()
    {
        var lists = Lists(60, 5) with { Categorical = [] };
        var options = Options with { Epochs = 2, BatchSize = 32 };
        byte[] one = BytesOf(CrossNetworkTraining.Train(options, lists, Context()));
        for (int n = 1; n <= 8; n++)
        {
            GC.KeepAlive(new byte[8 * n]);
            Assert.Equal(one, BytesOf(CrossNetworkTraining.Train(options, lists, Context())));
        }
    }

    [Fact]
    public void It_stops_when_it_is_told_to()
    {
        using var source = new CancellationTokenSource();
        var context = Context() with { Cancellation = source.Token, Progress = new Told(_ => source.Cancel()) };
        Assert.Throws<OperationCanceledException>(() => CrossNetworkTraining.Train(Options, Lists(50, 1), context));
    }

    [Fact]
    public void Without_layers_or_lists_there_is_nothing_to_train()
    {
        Assert.StartsWith("A cross network needs a layer", Assert.Throws<InputException>(
            () => CrossNetworkTraining.Train(Options with { CrossLayers = 0, HiddenDimensions = [] }, Lists(2, 1), Context())).Message);
        Assert.Equal("each of hiddenDimensions must be 1 to 4,096, one was 0.", Assert.Throws<InputException>(
            () => CrossNetworkTraining.Train(Options with { HiddenDimensions = [8, 0] }, Lists(2, 1), Context())).Message);
        Assert.Equal("There are no rows to learn from.", Assert.Throws<InputException>(
            () => CrossNetworkTraining.Train(Options, new(["x"], new(0, 1), [], [], 0), Context())).Message);
    }

    private static float[] Normal(Rng rng, long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (float)rng.NextNormal() * .2f)];

    private static byte[] BytesOf(CrossNetwork network)
    {
        var writer = new TensorWriter();
        network.Save(writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }
}
