using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>The forward pass of a <see cref="GatedRecurrence"/> in Torch, for many sequences at once, with gradients.</summary>
/// <remarks>Sequences are read from their beginning, so what fills them up at their end comes too late to matter.</remarks>
internal sealed class RecurrentNetwork : ISequenceNetwork
{
    private readonly RecurrenceShape _shape;
    private readonly GRU _gru;

    public RecurrentNetwork(RecurrenceShape shape, Rng rng, Device device)
    {
        _shape = shape;
        _gru = nn.GRU(shape.Dimensions, shape.Dimensions, shape.Layers, batchFirst: true);
        _gru.to(device);
        Parameters = new(device);
        Items = Parameters.AddNormal("items", rng, 1 / Math.Sqrt(shape.Dimensions), shape.Items, shape.Dimensions);
        var weights = _gru.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        double bound = 1 / Math.Sqrt(shape.Dimensions);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            Adopt(RecurrenceShape.Input(layer), weights[$"weight_ih_l{layer}"]);
            Adopt(RecurrenceShape.InputBias(layer), weights[$"bias_ih_l{layer}"]);
            Adopt(RecurrenceShape.Memory(layer), weights[$"weight_hh_l{layer}"]);
            Adopt(RecurrenceShape.MemoryBias(layer), weights[$"bias_hh_l{layer}"]);
        }

        // Torch's own first values, from our own generator
        void Adopt(string name, Parameter parameter)
        {
            var random = rng.Fork(name);
            var values = ParameterSet.MatrixOf(parameter);
            foreach (ref float value in values.Values.Span) value = (float)(bound * ((2 * random.NextDouble()) - 1));
            ParameterSet.Set(parameter, values);
            Parameters.Adopt(name, parameter);
        }
    }

    public ParameterSet Parameters { get; }

    public Tensor Items { get; }

    public Tensor Encode(Tensor items, Tensor positions, Dropout dropout)
    {
        var x = dropout.Apply(TransformerNetwork.Rows(Items, items));
        var (memories, last) = _gru.call(x, zeros([_shape.Layers, items.shape[0], _shape.Dimensions], device: items.device));
        last.Dispose();
        return dropout.Apply(memories);
    }

    public IModel Model(Vocabulary items, int[] touched) =>
        new GatedRecurrence(items, _shape, SequenceTrainingTask.ArraysOf(Parameters, _shape.Items, touched));
}
