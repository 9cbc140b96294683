using System.Diagnostics;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Models.Sequences;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Benchmarks;

/// <summary>
/// What is ours beside the same in plain Torch, in turns in one run, one thread each: answers, training steps, spreading over a graph.
/// </summary>
internal static class NeuralBenchmark
{
    public static void Run()
    {
        set_num_threads(1);
        Answers();
        Training();
        Spreading();
    }

    private static Vocabulary Ids(int count) => new([.. Enumerable.Range(0, count).Select(n => $"{n}")]);

    /// <summary>One user, the ten best of 20,000 items, L = 50, d = 64, 2 blocks.</summary>
    private static void Answers()
    {
        const int Items = 20_000, Length = 50, Count = 10, Rounds = 2_000;
        var shape = new TransformerShape(Items, Length, 64, 2, 1, 64, Attention.Forwards);
        using var parameters = TransformerNetwork.Create(shape, new Rng(1), CPU);
        var network = new TransformerNetwork(shape, parameters);
        var recommender = network.Model(Ids(Items), [.. Enumerable.Range(0, Items)]).AsPipeline();
        var rng = new Rng(2);
        double[] ours = new double[Rounds], theirs = new double[Rounds];
        for (int n = -200; n < Rounds; n++)
        {
            int[] history = [.. Enumerable.Range(0, Length).Select(_ => rng.NextInt(Items))];
            long[] read = [.. history.Select(item => (long)item)];
            long start = Stopwatch.GetTimestamp();
            recommender.Recommend(new Query(-1, history), Count);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (n >= 0) ours[n] = time;
            start = Stopwatch.GetTimestamp();
            using (var scope = NewDisposeScope())
            using (no_grad())
            using (var dropout = new Dropout(0, rng, CPU))
                topk(matmul(network.Items, network.Encode(tensor(read).view(1, -1), arange(Length).view(1, -1), dropout)[0, Length - 1]),
                    Count);
            if (n >= 0) theirs[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(ours);
        Array.Sort(theirs);
        Console.WriteLine($"answer, L = 50, d = 64, 2 blocks, 10 of 20,000 items: ours p50 {ours[Rounds / 2]:F3} ms, " +
            $"p99 {ours[Rounds * 99 / 100]:F3}; " +
            $"Torch p50 {theirs[Rounds / 2]:F3} ms, p99 {theirs[Rounds * 99 / 100]:F3}");
    }

    /// <summary>
    /// SASRec steps of 128 sequences of 2 … 200 items, as films are watched; the plain loop fills every sequence up to 200.
    /// </summary>
    private static void Training()
    {
        const int Users = 1_024, Items = 3_400, Length = 200, Batch = 128;
        var rng = new Rng(3);
        int[] starts = new int[Users + 1];
        for (int user = 0; user < Users; user++)
            starts[user + 1] = starts[user] + Math.Clamp((int)Math.Exp(4.6 + (.9 * rng.NextNormal())), 20, 1000);
        int[] events = [.. Enumerable.Range(0, starts[Users]).Select(_ => rng.NextInt(1 + rng.NextInt(Items)))];
        var weights = new float[events.Length];
        Array.Fill(weights, 1);
        var data = new Interactions(Ids(Users), Ids(Items), new Histories(starts, events, default, weights));
        long used = Enumerable.Range(0, Users).Sum(user => (long)Math.Min(Length, data.Histories.ItemsOf(user).Length - 1));

        double ours = double.MaxValue, theirs = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long start = Stopwatch.GetTimestamp();
            new SasRec { HistoryLength = Length, Epochs = 1, BatchSize = Batch, NegativeCount = 512 }.Train(data, new() { Workers = 1 });
            ours = Math.Min(ours, Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            PlainEpoch(data, Length, Batch);
            theirs = Math.Min(theirs, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Console.WriteLine($"training, L = 200, d = 64, 2 blocks, 512 shared negatives, {used} tokens: ours {used / ours:F0} tokens/s, " +
            $"plain loop {used / theirs:F0}");
    }

    // the same network in one piece, with Torch's dropout and optimizer
    private static void PlainEpoch(Interactions data, int length, int batch)
    {
        var shape = new TransformerShape(data.Items.Count, length, 64, 2, 1, 64, Attention.Forwards);
        using var parameters = TransformerNetwork.Create(shape, new Rng(1), CPU);
        using var plain = new PlainSasRec(parameters, length);
        var optimizer = optim.Adam(plain.parameters(), 1e-3);
        for (int first = 0; first < data.Users.Count; first += batch)
        {
            using var scope = NewDisposeScope();
            long[] inputs = new long[batch * length], targets = new long[batch * length];
            for (int row = 0; row < batch; row++)
            {
                var history = data.Histories.ItemsOf(first + row).Span;
                int own = Math.Min(length, history.Length - 1);
                for (int n = 0; n < own; n++)
                    (inputs[(row * length) + n], targets[(row * length) + n]) = (history[history.Length - 1 - own + n],
                        history[history.Length - own + n]);
            }
            optimizer.zero_grad();
            var x = plain.call(tensor(inputs).view(batch, length)).view(-1, 64);
            var negatives = randint(0, data.Items.Count, [512], dtype: ScalarType.Int64);
            SequenceLosses.Softmax(x, plain.Items, tensor(targets), negatives, data.Items.Count).Times(1.0 / (batch * length)).backward();
            nn.utils.clip_grad_norm_(plain.parameters(), 5);
            optimizer.step();
        }
    }

    private sealed class PlainSasRec : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Embedding _items, _positions;
        private readonly TorchSharp.Modules.Linear[] _projections, _mixings, _feedIn, _feedOut;
        private readonly TorchSharp.Modules.LayerNorm[] _norms;
        private readonly TorchSharp.Modules.Dropout _dropout = nn.Dropout(.2);
        private readonly int _length;

        public PlainSasRec(ParameterSet shapes, int length) : base("plain")
        {
            _length = length;
            (_items, _positions) = (nn.Embedding(shapes["items"].shape[0], 64), nn.Embedding(length, 64));
            TorchSharp.Modules.Linear[] Two(int outputs) => [nn.Linear(64, outputs), nn.Linear(64, outputs)];
            (_projections, _mixings, _feedIn, _feedOut) = (Two(192), Two(64), Two(64), Two(64));
            _norms = [.. Enumerable.Range(0, 5).Select(_ => nn.LayerNorm(64))];
            RegisterComponents();
            foreach (var (layer, n) in _projections.Concat(_mixings).Concat(_feedIn).Concat(_feedOut)
                .Select((layer, n) => (layer, n))) register_module($"linear{n}", layer);
            foreach (var (norm, n) in _norms.Select((norm, n) => (norm, n))) register_module($"norm{n}", norm);
        }

        public Tensor Items => _items.weight!;

        public override Tensor forward(Tensor items)
        {
            var x = _dropout.call(_items.call(items).Times(8) + _positions.call(arange(_length)));
            for (int block = 0; block < 2; block++)
            {
                var parts = _projections[block].call(_norms[2 * block].call(x)).view(-1, _length, 3, 1, 64).permute(2, 0, 3, 1, 4);
                var attended = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], null, 0, true).transpose(1, 2)
                    .reshape(-1, _length, 64);
                x = x + _dropout.call(_mixings[block].call(attended));
                x = x + _dropout.call(
                    _feedOut[block].call(_dropout.call(nn.functional.relu(_feedIn[block].call(_norms[(2 * block) + 1].call(x))))));
            }
            return _norms[4].call(x);
        }
    }

    /// <summary>30,000 users and 41,000 items with a million edges: as large as Gowalla. Three layers, forwards.</summary>
    private static void Spreading()
    {
        const int Users = 30_000, Items = 41_000, Edges = 1_000_000, D = 64, Layers = 3;
        var rng = new Rng(4);
        var matrix = SparseMatrix.FromTriplets(Users, Items,
            [.. Enumerable.Range(0, Edges).Select(_ => (rng.NextInt(Users), rng.NextInt(1 + rng.NextInt(Items)), 1f))]);
        var data = Interactions.From(Ids(Users), Ids(Items), matrix);
        var graph = new BipartiteGraph(data, Layers, new() { Workers = 1 });
        NodeMatrix x = new(Users, Items, D), y = x.Alike();
        x.Users.Values.Span.Fill(1);
        x.Items.Values.Span.Fill(1);

        List<long> rows = [], columns = [];
        List<float> values = [];
        for (int user = 0; user < Users; user++)
            foreach (int item in data.ByUser.Row(user).Columns)
            {
                float value = 1 / MathF.Sqrt(data.ByUser.Row(user).Length * data.ByItem.Row(item).Length);
                rows.AddRange([user, Users + item]);
                columns.AddRange([Users + item, user]);
                values.AddRange([value, value]);
            }
        using var adjacency = sparse_coo_tensor(
            cat([tensor(rows.ToArray()).view(1, -1), tensor(columns.ToArray()).view(1, -1)]), tensor(values.ToArray()),
            [Users + Items, Users + Items]);
        using var first = ones(Users + Items, D);
        double ours = double.MaxValue, theirs = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            ours = Math.Min(ours, Machine.Time(() => graph.Spread(x, y), 2));
            theirs = Math.Min(theirs, Machine.Time(() =>
            {
                using var scope = NewDisposeScope();
                Tensor layer = first, sum = first;
                for (int n = 0; n < Layers; n++) sum = sum + (layer = mm(adjacency, layer));
            }, 2));
        }
        Console.WriteLine($"spreading, 3 layers, {data.ByUser.Count} edges, d = 64: ours {ours * 1e3:F0} ms, Torch " +
            $"COO {theirs * 1e3:F0} ms");
    }
}
