using Kindred.Configuration;
using Kindred.Numerics;
using Kindred.Ranking;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kindred.Neural;

/// <summary>The layers of a <see cref="CrossNetwork"/> in Torch, with gradients, and the loss of lists.</summary>
internal sealed class CrossNetworkTrainingTask(
    CrossNetworkConfig options, RankingExamples examples, RowEncoding encoding, ParameterSet parameters)
    : TrainingTask(parameters)
{
    private const int ShardLists = 8;

    private readonly int[] _starts = Starts(examples.Groups); // [groups], the first row of each

    /// <summary>The parameters with their first values: hardly any product counts at first.</summary>
    public static ParameterSet Create(CrossNetworkConfig options, RowEncoding encoding, Rng rng, Device device)
    {
        var parameters = new ParameterSet(device);
        foreach (var (name, rows, columns) in CrossLayers.Shape(
            encoding, options.Dimensions, options.CrossLayers, options.HiddenDimensions))
        {
            if (rows == 0) continue; // no categories
            double deviation = name == "table" ? .1 : name.StartsWith("cross", StringComparison.Ordinal) ? .1 / Math.Sqrt(columns)
                : Math.Sqrt(2.0 / columns);
            if (name.EndsWith("bias", StringComparison.Ordinal)) parameters.AddConstant(name, 0, columns);
            else parameters.AddNormal(name, rng, deviation, rows, columns);
        }
        return parameters;
    }

    public override int Examples => examples.Groups.Length;

    /// <param name="Longest">The length of the longest list.</param>
    /// <param name="Values">[rows · numbers]</param>
    /// <param name="Places">[rows · columns], rows of the table.</param>
    /// <param name="Cells">[rows], the place of each in [lists, longest].</param>
    /// <param name="Gaps">[lists · longest], −∞ where a list has ended.</param>
    /// <param name="Taken">Cells of what was taken.</param>
    /// <param name="Weights">1 / how much of the list was taken, for each of those.</param>
    private sealed record ListShard(
        int Lists, int Longest, float[] Values, long[] Places, long[] Cells, float[] Gaps, long[] Taken, float[] Weights)
            : Shard(Lists, Cells.Length);

    public override IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng)
    {
        var shards = new List<Shard>();
        for (int first = 0; first < examples.Length; first += ShardLists)
            shards.Add(ShardOf(examples[first..Math.Min(first + ShardLists, examples.Length)]));
        return shards;
    }

    private ListShard ShardOf(ReadOnlySpan<int> lists)
    {
        int longest = 0, rows = 0;
        foreach (int list in lists) (longest, rows) = (Math.Max(longest, examples.Groups[list]), rows + examples.Groups[list]);
        var (values, places, row) = (new float[rows * encoding.Numbers], new long[rows * encoding.Columns], new int[encoding.Columns]);
        var (cells, gaps) = (new long[rows], new float[lists.Length * longest]);
        var (taken, weights) = (new List<long>(), new List<float>());
        int at = 0;
        for (int n = 0; n < lists.Length; n++)
        {
            int start = _starts[lists[n]], count = examples.Groups[lists[n]];
            var labels = examples.Labels.AsSpan(start, count);
            int hits = count - labels.Count(0);
            for (int r = 0; r < count; r++, at++)
            {
                encoding.Encode(examples.Rows.Row(start + r), values.AsSpan(at * encoding.Numbers, encoding.Numbers), row);
                for (int c = 0; c < row.Length; c++) places[(at * row.Length) + c] = row[c];
                cells[at] = (n * longest) + r;
                if (labels[r] == 0) continue;
                taken.Add(cells[at]);
                weights.Add(1f / hits);
            }
            gaps.AsSpan((n * longest) + count, longest - count).Fill(float.NegativeInfinity);
        }
        return new(lists.Length, longest, values, places, cells, gaps, [.. taken], [.. weights]);
    }

    public override Tensor Loss(Shard shard, Dropout dropout)
    {
        var s = (ListShard)shard;
        var device = Parameters.Device;
        var scores = Scores(
            tensor(s.Values, [s.Cells.Length, encoding.Numbers], device: device), tensor(s.Places, device: device), dropout);
        var lists = tensor(s.Gaps, device: device).PlusRows(tensor(s.Cells, device: device), scores).view(s.Lists, s.Longest);
        var shares = F.log_softmax(lists, 1).view(-1).index_select(0, tensor(s.Taken, device: device));
        return (shares * tensor(s.Weights, device: device)).sum().Times(-1);
    }

    /// <returns>[rows]</returns>
    /// <param name="values">[rows, numbers]</param>
    /// <param name="places">[rows · columns]</param>
    internal Tensor Scores(Tensor values, Tensor places, Dropout dropout)
    {
        // Copied to memory of Torch's own: products of the same numbers have other bits where the array lies otherwise.
        var inputs = encoding.Columns == 0 ? values.clone()
            // [rows, w]
            : cat([values, Parameters["table"].index_select(0, places).view(values.shape[0], encoding.Columns * options.Dimensions)], 1);
        Tensor crossed = inputs, hidden = inputs;
        for (int n = 0; n < options.CrossLayers; n++) crossed = (inputs * Linear(crossed, $"cross.{n}")).Plus(crossed);
        for (int n = 0; n < options.HiddenDimensions.Count; n++) hidden = dropout.Apply(F.relu(Linear(hidden, $"hidden.{n}")));
        var last = options.CrossLayers == 0 ? hidden : options.HiddenDimensions.Count == 0 ? crossed : cat([crossed, hidden], 1);
        return matmul(last, Parameters["output"].t()).view(-1);
    }

    /// <returns>The network as it is now.</returns>
    public CrossNetwork Network()
    {
        var arrays = Parameters.Names.ToDictionary(name => name, name => ParameterSet.MatrixOf(Parameters[name]));
        arrays.TryAdd("table", new Matrix(0, options.Dimensions));
        return new(encoding, new(options.CrossLayers, options.HiddenDimensions.Count, arrays));
    }

    private Tensor Linear(Tensor x, string name) => F.linear(x, Parameters[name], Parameters[$"{name}.bias"]);

    private static int[] Starts(int[] groups)
    {
        var starts = new int[groups.Length];
        for (int n = 1; n < groups.Length; n++) starts[n] = starts[n - 1] + groups[n - 1];
        return starts;
    }
}
