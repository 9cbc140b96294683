using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>Reads sequences, with gradients.</summary>
internal interface ISequenceNetwork
{
    ParameterSet Parameters { get; }

    /// <summary>[items, d]: what is compared with what was read.</summary>
    Tensor Items { get; }

    /// <param name="items">[sequences, length]; sequences are filled up at their end.</param>
    /// <param name="positions">[sequences, length]: 0 … L − 1, −1 where it is filled up.</param>
    /// <returns>[sequences, length, d]</returns>
    Tensor Encode(Tensor items, Tensor positions, Dropout dropout);

    /// <returns>The model as it is served.</returns>
    /// <param name="touched">Items that were trained on; the others have no embedding.</param>
    IModel Model(Vocabulary items, int[] touched);
}

/// <summary>What a sequence is asked: each model has its own questions.</summary>
internal interface ISequenceQuestions
{
    SequenceBatches Batches { get; }

    /// <param name="user">With at least two items.</param>
    /// <param name="places">To be added to: where something is asked for, from 0.</param>
    /// <param name="answers">To be added to: the right items.</param>
    /// <returns>The items that are read.</returns>
    ReadOnlySpan<long> Ask(int user, Rng rng, List<int> places, List<int> answers);
}

/// <summary>Learns to answer questions about sequences.</summary>
internal sealed class SequenceTrainingTask(
    Interactions interactions, ISequenceNetwork network, ISequenceQuestions questions, Objective objective)
    : ModelTrainingTask(network.Parameters)
{
    private readonly int[] _touched = questions.Batches.Touched;

    public override int Examples => questions.Batches.Count;

    public override IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng) => questions.Batches.Shards(examples, questions, rng);

    public override Tensor Loss(Shard shard, Dropout dropout)
    {
        var s = (SequenceShard)shard;
        Tensor items = On(s.Items).view(s.Sequences, s.Length), positions = On(s.Positions).view(s.Sequences, s.Length);
        var read = network.Encode(items, positions, dropout).reshape(s.Sequences * s.Length, -1); // [sequences · length, d]
        return objective.Of(read.index_select(0, On(s.Places)), network.Items, On(s.Answers), On(s.Negatives), _touched.Length);
    }

    public override IModel Model() => network.Model(interactions.Items, _touched);

    /// <returns>Copies of all arrays; in "items" the rows of items that were not trained on are zero.</returns>
    public static Dictionary<string, Matrix> ArraysOf(ParameterSet parameters, int items, int[] touched)
    {
        var arrays = parameters.Names.ToDictionary(name => name, name => ParameterSet.MatrixOf(parameters[name]));
        var isTouched = new bool[items];
        foreach (int item in touched) isTouched[item] = true;
        for (int item = 0; item < items; item++) if (!isTouched[item]) arrays["items"].Row(item).Clear();
        return arrays;
    }

    private Tensor On(long[] values)
    {
        if (values.Length == 0) return zeros(0, ScalarType.Int64, Parameters.Device);
        var here = frombuffer(values, ScalarType.Int64);
        return Parameters.Device.type == DeviceType.CPU ? here : here.to(Parameters.Device);
    }
}
