using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kindred.Neural;

/// <summary>Convolutions over the graph of items in Torch, with gradients: see <see cref="PinSage"/>.</summary>
internal sealed class PinSageTrainingTask : ModelTrainingTask
{
    // Users of a shard, whose items are each other's negatives.
    private const int ShardUsers = 64;

    private readonly PinSage _options;
    private readonly Interactions _data;
    private readonly ItemNodes _nodes;
    private readonly TrainingContext _context;
    private readonly int[] _users, _popularity, _choices; // who has two known items or more; [items]; known items that a user touched
    private readonly int _pairs; // of those users and their items

    public PinSageTrainingTask(PinSage options, Interactions data, ItemNodes nodes, TrainingContext context, ParameterSet parameters)
        : base(parameters)
    {
        (_options, _data, _nodes, _context) = (options, data, nodes, context);
        _popularity = data.CountUsersOfItems();
        _choices = [.. Enumerable.Range(0, data.Items.Count).Where(item => _popularity[item] > 0 && nodes.IsKnown(item))];
        _users = [.. Enumerable.Range(0, data.Users.Count).Where(user => KnownOf(user).Length > 1)];
        _pairs = _users.Sum(user => KnownOf(user).Length);
    }

    /// <summary>The parameters with their first values.</summary>
    /// <param name="columns">Of all features.</param>
    public static ParameterSet Create(PinSage options, int columns, Rng rng, Device device)
    {
        var parameters = new ParameterSet(device);
        int d = options.Dimensions, m = options.HiddenDimensions;
        parameters.AddNormal("table", rng, 1 / Math.Sqrt(d), columns, d);
        for (int layer = 1; layer <= options.LayerCount; layer++)
        {
            AddDense($"neighbour.{layer}", m, d, Math.Sqrt(2.0 / d));
            AddDense($"own.{layer}", d, d + m, Math.Sqrt(2.0 / (d + m)));
        }
        AddDense("in", m, d, Math.Sqrt(2.0 / d));
        AddDense("out", d, m, .1 / Math.Sqrt(m)); // at first an embedding is hardly more than the sum of the features
        return parameters;

        void AddDense(string name, int outputs, int inputs, double deviation)
        {
            parameters.AddNormal(name, rng, deviation, outputs, inputs);
            parameters.AddConstant($"{name}.bias", 0, outputs);
        }
    }

    public override int Examples => _users.Length;

    /// <param name="Nodes">What is to be embedded.</param>
    /// <param name="Users">How many.</param>
    /// <param name="Askers">[pairs], the user of each.</param>
    /// <param name="Had">[pairs], the node of its item as it is.</param>
    /// <param name="Candidates">[candidates], their nodes.</param>
    /// <param name="Answers">[pairs], the place of the item among the candidates.</param>
    /// <param name="Shifts">[pairs, candidates], −ln q; −∞ for other items of the user.</param>
    private sealed record PinSageShard(
        NodeBatch Nodes, int Users, long[] Askers, long[] Had, long[] Candidates, long[] Answers, float[] Shifts)
        : Shard(Answers.Length, Answers.Length);

    public override IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng)
    {
        var shards = new List<Shard>();
        for (int first = 0; first < examples.Length; first += ShardUsers)
            shards.Add(ShardOf(examples[first..Math.Min(first + ShardUsers, examples.Length)], rng));
        return shards;
    }

    private PinSageShard ShardOf(ReadOnlySpan<int> examples, Rng rng)
    {
        SharedCandidates nodes = new(), candidates = new();
        List<int> asking = [];
        List<long> askers = [], had = [], answers = [];
        var users = new int[examples.Length];
        for (int n = 0; n < users.Length; n++)
        {
            users[n] = _users[examples[n]];
            int[] items = KnownOf(users[n]);
            if (items.Length > _options.HistoryLength) rng.Shuffle<int>(items);
            foreach (int item in items.AsSpan(0, Math.Min(items.Length, _options.HistoryLength)))
            {
                askers.Add(n);
                asking.Add(users[n]);
                had.Add(nodes.PlaceOf(item));
                answers.Add(candidates.PlaceOf(item));
            }
        }
        for (int n = 0; n < _options.NegativeCount && _choices.Length > 0; n++) candidates.PlaceOf(_choices[rng.NextInt(_choices.Length)]);
        var candidateNodes = new long[candidates.Values.Count];
        for (int n = 0; n < candidateNodes.Length; n++)
        {
            int item = candidates.Values[n], untouched = _nodes.Items + item;
            bool isCold = rng.NextFloat() < _options.ColdShare && _nodes.IsKnown(untouched);
            candidateNodes[n] = nodes.PlaceOf(isCold ? untouched : item);
        }
        double perPair = (double)asking.Count / _pairs, perDraw = (double)_options.NegativeCount / Math.Max(1, _choices.Length);
        float[] shifts = candidates.Shifts(item => (perPair * _popularity[item]) + perDraw, asking, answers, _data.ByUser);
        return new(_nodes.BatchOf(nodes.Values), users.Length, [.. askers], [.. had], candidateNodes, [.. answers], shifts);
    }

    // items of a user of which something is known, each once
    private int[] KnownOf(int user)
    {
        var known = new List<int>();
        foreach (int item in _data.ByUser.Row(user).Columns) if (_nodes.IsKnown(item)) known.Add(item);
        return [.. known];
    }

    public override Tensor Loss(Shard shard, Dropout dropout)
    {
        var s = (PinSageShard)shard;
        var z = Embed(s.Nodes, dropout); // [nodes, d]
        Tensor askers = On(s.Askers), had = z.index_select(0, On(s.Had)); // [pairs, d]
        var sums = zeros([s.Users, _options.Dimensions], device: Parameters.Device).PlusRows(askers, had); // [users, d]
        var asked = F.normalize(sums.index_select(0, askers) - had, 2, 1, 1e-12); // of the user's other items
        var scores = matmul(asked, z.index_select(0, On(s.Candidates)).t()).Times(1 / _options.Temperature); // [pairs, candidates]
        return F.cross_entropy(scores.Plus(On(s.Shifts).view(scores.shape)), On(s.Answers), reduction: nn.Reduction.Sum);
    }

    /// <returns>[outputs, d], as <see cref="ConvolutionNetwork.Embed"/>.</returns>
    internal Tensor Embed(NodeBatch nodes, Dropout dropout)
    {
        int layers = _options.LayerCount, outputs = nodes.NodeCounts[layers];
        var features = Parameters["table"].index_select(0, On(nodes.FeatureColumns)) * On(nodes.FeatureValues).unsqueeze(1);
        var x = zeros([nodes.NodeCounts[0], _options.Dimensions], device: Parameters.Device).PlusRows(On(nodes.FeatureRows), features);
        if (nodes.Numbers.Length > 0) x = x.Plus(_nodes.Numbers.Sum(nodes.Numbers, Parameters["table"]));
        x = dropout.Apply(x);
        Tensor rows = On(nodes.EdgeRows), places = On(nodes.EdgePlaces), weights = On(nodes.EdgeWeights).unsqueeze(1), h = x;
        for (int layer = 1; layer <= layers; layer++)
        {
            int count = nodes.NodeCounts[layer], edges = nodes.EdgeCounts[layer];
            var messages = F.relu(Linear($"neighbour.{layer}", h))
                .index_select(0, places.narrow(0, 0, edges)) * weights.narrow(0, 0, edges);
            var heard = zeros([count, _options.HiddenDimensions], device: Parameters.Device).PlusRows(rows.narrow(0, 0, edges), messages);
            h = F.normalize(F.relu(Linear($"own.{layer}", cat([h.narrow(0, 0, count), heard], 1))), 2, 1, 1e-12);
        }
        var hidden = dropout.Apply(F.relu(Linear("in", h)));
        return F.normalize(x.narrow(0, 0, outputs).Plus(Linear("out", hidden)), 2, 1, 1e-12);
    }

    private Tensor Linear(string name, Tensor x) => F.linear(x, Parameters[name], Parameters[$"{name}.bias"]);

    private Tensor On(long[] values) => tensor(values, device: Parameters.Device);

    private Tensor On(float[] values) => tensor(values, device: Parameters.Device);

    public override IModel Model()
    {
        var layers = Enumerable.Range(1, _options.LayerCount)
        .Select(layer => new Convolution(DenseOf($"neighbour.{layer}"), DenseOf($"own.{layer}")));
        var network = new ConvolutionNetwork(ParameterSet.MatrixOf(Parameters["table"]), [.. layers], DenseOf("in"), DenseOf("out"));
        var embeddings = network.Embed(_nodes.Features, _nodes.Neighbours, _context.Workers, _context.Cancellation);
        return new HistoryMean(_data.Items, embeddings, new(
            _nodes.Space, network, _nodes.Features, _nodes.Neighbours, _data.ByItem, _nodes.Walks));
    }

    private Dense DenseOf(string name) => new(ParameterSet.MatrixOf(Parameters[name]), ParameterSet.MatrixOf(Parameters[$"{name}.bias"]));
}
