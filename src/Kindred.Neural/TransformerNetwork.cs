using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kindred.Neural;

/// <summary>The forward pass of a <see cref="Transformer"/> in Torch, for many sequences at once, with gradients.</summary>
/// <remarks>
/// Shorter sequences of a shard are filled up at their end. Read forwards, no position sees what is behind it, so no mask is needed; read
/// both ways, keys behind the end are masked. Of what is computed for filled-up positions nothing is used.
/// </remarks>
internal sealed class TransformerNetwork(TransformerShape shape, ParameterSet parameters) : ISequenceNetwork
{
    private const double FirstDeviation = .02;

    private readonly Tensor _table = parameters["items"]; // [items (+ 1), d]

    public ParameterSet Parameters => parameters;

    public Tensor Items => shape.InputRows == shape.Items ? _table : _table.narrow(0, 0, shape.Items);

    /// <summary>The parameters with their first values: small and random, gains 1, biases 0.</summary>
    public static ParameterSet Create(TransformerShape shape, Rng rng, Device device)
    {
        var parameters = new ParameterSet(device);
        foreach (var (name, rows, columns) in shape.Arrays)
        {
            if (name.EndsWith("gain", StringComparison.Ordinal)) parameters.AddConstant(name, 1, columns);
            else if (rows == 1 && name != "positions") parameters.AddConstant(name, 0, columns);
            else parameters.AddNormal(name, rng, FirstDeviation, rows, columns);
        }
        return parameters;
    }

    public Tensor Encode(Tensor items, Tensor positions, Dropout dropout)
    {
        long sequences = items.shape[0], length = items.shape[1], d = shape.Dimensions, width = d / shape.Heads;
        var x = Rows(_table, items).Times(Math.Sqrt(d)).Plus(Rows(parameters["positions"], F.relu(positions)));
        x = dropout.Apply(x);
        var mask = shape.Reads == Attention.Forwards ? null
            : zeros(items.shape, device: items.device).With(positions.lt(zeros_like(positions)), double.NegativeInfinity)
                .view(sequences, 1, 1, length);
        for (int block = 0; block < shape.Blocks; block++)
        {
            var normal = Normal(x, TransformerShape.AttentionGain(block), TransformerShape.AttentionShift(block));
            var parts = Linear(normal, TransformerShape.Projection(block), TransformerShape.ProjectionBias(block))
                .view(sequences, length, 3, shape.Heads, width).permute(2, 0, 3, 1, 4); // [3, sequences, heads, length, width]
            var attended = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], mask, 0, shape.Reads == Attention.Forwards)
                .transpose(1, 2).reshape(sequences, length, d);
            x = x.Plus(dropout.Apply(Linear(attended, TransformerShape.OutProjection(block), TransformerShape.MixingBias(block))));
            normal = Normal(x, TransformerShape.FeedGain(block), TransformerShape.FeedShift(block));
            var hidden = dropout.Apply(F.relu(Linear(normal, TransformerShape.MlpIn(block), TransformerShape.FeedInBias(block))));
            x = x.Plus(dropout.Apply(Linear(hidden, TransformerShape.MlpOut(block), TransformerShape.FeedOutBias(block))));
        }
        return Normal(x, "gain", "shift");
    }

    /// <returns>[…, d]: rows of a table.</returns>
    /// <param name="places">[…]</param>
    public static Tensor Rows(Tensor table, Tensor places) =>
        table.index_select(0, places.view(-1)).view([.. places.shape, table.shape[1]]);

    public IModel Model(Vocabulary items, int[] touched) =>
        new Transformer(items, shape, SequenceTrainingTask.ArraysOf(parameters, shape.Items, touched));

    private Tensor Linear(Tensor x, string weights, string bias) => F.linear(x, parameters[weights], parameters[bias]);

    private Tensor Normal(Tensor x, string gain, string shift) =>
        F.layer_norm(x, [shape.Dimensions], parameters[gain], parameters[shift], LayerNormalization.Epsilon);
}
